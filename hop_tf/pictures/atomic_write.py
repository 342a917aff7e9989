"""Files that appear whole or not at all."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from hop_tf.errors import UserError, first_line


class WriteError(UserError, OSError):
    """A file cannot be written. The message names it and the reason.

    Attributes:
        strerror: str, the reason.
    """

    def __init__(self, path: str | os.PathLike, reason: str):
        super().__init__(f"{path}: cannot be written ({reason}); choose another place")
        self.strerror = reason


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which replaces `path` if the block succeeds and is removed otherwise.

    The temporary name keeps the suffix of `path`, because some libraries choose the file format by it. It keeps only
    the end of a long name, because file systems limit the length of names.

    Args:
        path: the file to write. Its folder must exist.

    Raises:
        WriteError: on any `OSError`, including those raised by the block.
    """
    path = Path(path)
    temporary = path.with_name(f".{uuid.uuid4().hex}.{path.name[-40:]}")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise WriteError(path, first_line(error.strerror or error)) from error
        raise
