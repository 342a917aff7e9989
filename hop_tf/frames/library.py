"""PyAV, which reads and writes videos. It brings FFmpeg's libraries with it."""

import importlib.util
from types import ModuleType

from hop_tf.errors import MissingPackageError, install_hint


def check_installed() -> None:
    """Check that PyAV is installed.

    Raises:
        MissingPackageError: if it is not. The message names the command that installs it.
    """
    if not importlib.util.find_spec("av"):
        raise MissingPackageError(f"videos need PyAV: {install_hint('video')}; folders of frames work without it")


def pyav() -> ModuleType:
    """Import PyAV and silence FFmpeg's own messages.

    Raises:
        MissingPackageError: as in `check_installed`.
    """
    check_installed()
    import av

    av.logging.set_level(av.logging.PANIC)
    return av
