"""Inference backends, one module per library, imported lazily."""

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.errors import install_hint
from hop_tf.inference.formats import FORMATS, format_of
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.network import Network
from hop_tf.models.presets import DEFAULT_PRESET

if TYPE_CHECKING:
    import keras

RUNTIMES = FORMATS  # each format has one runtime, of the same name
PRECISIONS = ("float32", "bfloat16", "float16")


def load(
    source: "keras.Model | Network | str | os.PathLike",
    runtime: str | None = None,
    device: str | None = None,
    precision: str | None = None,
    preset: str = DEFAULT_PRESET,
) -> Network:
    """Load a network.

    Engines contain native code and SavedModels are programs: load only those from people you trust. Loading any other
    file runs no code from it.

    Args:
        source: a `keras.Model`, the path of a file or folder in one of `FORMATS`, or the name of a preset; or a loaded
            network, which is returned as it is.
        runtime: a key of `RUNTIMES`; `None` chooses it by the file's name.
        device: such as `"cpu"`, `"gpu"` or `"gpu:1"`; `None` leaves the choice to the library.
        precision: one of `PRECISIONS`; `None` means that of the file, and float32 for OpenVINO.
        preset: the preset that a `.weights.h5` file belongs to.

    Raises:
        FileNotFoundError: if the file does not exist.
        NetworkError: if a library or the device is missing, the file is damaged, or runtime or precision contradict it.
        ValueError: from Keras, as in `hop_tf.models.loading.load_network`, and on an unknown runtime or precision.
    """
    if isinstance(source, Network):
        return source
    if precision not in (None, *PRECISIONS):
        raise ValueError(f"`precision` must be one of {', '.join(PRECISIONS)}. Received: precision={precision!r}")
    runtime = runtime_of(source, runtime, preset)
    format = FORMATS[runtime]
    if not all(map(importlib.util.find_spec, format.reads_with)):
        name = source if isinstance(source, (str, os.PathLike)) else "the network"
        raise NetworkError(f"{name}: {format.title} is not installed: {install_hint(format.read_extra)}")
    if runtime == "keras":
        from hop_tf.inference.runtimes.keras import KerasNetwork

        return KerasNetwork(source, device, precision, preset)
    if not os.path.exists(source):
        raise FileNotFoundError(f"No such model or weights file. Received: {source}")
    try:
        return format.load(source, device, precision)
    except NetworkError as error:
        raise NetworkError(f"{source}: {error}") from error
    except Exception as error:  # each library has its own exceptions
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]  # OpenVINO names its source line first
        raise NetworkError(f"{source}: damaged, or not for {runtime} ({reason})") from error


def runtime_of(
    source: "keras.Model | str | os.PathLike", runtime: str | None = None, preset: str = DEFAULT_PRESET
) -> str:
    """Return the runtime of a file by its name or content, or the requested one if these do not decide.

    Args:
        source, runtime, preset: as in `load`.

    Raises:
        NetworkError: if the file is for another runtime than the requested one. The message says how to export it.
        ValueError: on an unknown runtime.
    """
    if runtime not in (None, *RUNTIMES):
        raise ValueError(f"`runtime` must be one of {', '.join(RUNTIMES)}. Received: runtime={runtime!r}")
    name = "" if not isinstance(source, (str, os.PathLike)) else Path(source).name
    format = format_of(source) if name else None
    recognised = format.name if format else ""
    if runtime in (None, recognised or "keras"):
        return recognised or "keras"
    if name and not recognised and os.path.exists(source):
        return runtime
    if recognised not in ("", "keras"):
        raise NetworkError(f"{source}: is for the runtime {recognised}, not for {runtime}")
    command, output = f"hop-tf export {runtime} --dynamic", FORMATS[runtime].example
    if recognised:
        command += f" --weights {source}"
    wanted = preset if recognised else source
    if wanted != DEFAULT_PRESET and name and not name.endswith(".keras"):
        command += f" --preset {wanted}"
    raise NetworkError(
        f"the runtime {runtime} needs an exported file: '{command} -o {output}' makes {output}; use it as weights"
    )
