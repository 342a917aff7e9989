"""What runs a network: one file for each library, which is imported when a network is loaded and not before."""

import os
from pathlib import Path

from hop_tf.inference.formats import FORMATS, format_of
from hop_tf.inference.runtimes.errors import NetworkError

RUNTIMES = FORMATS  # each format has one runtime, of the same name
PRECISIONS = ("float32", "bfloat16", "float16")


def load(source, runtime=None, device=None, precision=None, preset="hop_s_9x9"):
    """Opens a network.

    Args:
        source: `keras.Model`, the path of a file or of OpenVINO's folder, or the name of a preset.
        runtime: key of `RUNTIMES`; None for what the file's name says.
        device: str such as "cpu", "gpu" or "gpu:1"; None for the library's choice.
        precision: one of `PRECISIONS`; None for that of the file, which in OpenVINO is float32.
        preset: str, the preset that a `.weights.h5` file belongs to.

    Returns:
        `hop_tf.inference.runtimes.network.Network`.

    Raises:
        FileNotFoundError: if there is no such file.
        NetworkError: if a library or the device is missing, the file is damaged, or runtime or precision contradict it.
        ValueError: from Keras, as `hop_tf.models.loading.load_network`; if `runtime` or `precision` is unknown.
    """
    if precision not in (None, *PRECISIONS):
        raise ValueError(f"`precision` must be one of {', '.join(PRECISIONS)}. Received: precision={precision!r}")
    runtime = runtime_of(source, runtime, preset)
    if runtime == "keras":
        from hop_tf.inference.runtimes.keras import KerasNetwork

        return KerasNetwork(source, device, precision, preset)
    if not os.path.exists(source):
        raise FileNotFoundError(f"No such model or weights file. Received: {source}")
    try:
        return FORMATS[runtime].load(source, device, precision)
    except NetworkError as error:
        raise NetworkError(f"{source}: {error}") from error
    except Exception as error:  # each library has exceptions of its own
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]  # OpenVINO begins with where it was
        raise NetworkError(f"{source}: damaged, or not for {runtime} ({reason})") from error


def runtime_of(source, runtime=None, preset="hop_s_9x9"):
    """The runtime of a file, told by its name if that ends in one of `RUNTIMES`, else by `runtime`.

    Args:
        source, runtime, preset: as `load` takes them.

    Raises:
        NetworkError: if another is asked for, with the command that makes a file for that.
        ValueError: if it is unknown.
    """
    if runtime not in (None, *RUNTIMES):
        raise ValueError(f"`runtime` must be one of {', '.join(RUNTIMES)}. Received: runtime={runtime!r}")
    name = "" if not isinstance(source, (str, os.PathLike)) else Path(source).name
    format = format_of(source) if name else None
    told = format.name if format else ""
    if runtime in (None, told or "keras"):
        return told or "keras"
    if name and not told and os.path.exists(source):
        return runtime
    if told not in ("", "keras"):
        raise NetworkError(f"{source}: is for the runtime {told}, not for {runtime}")
    command, output = f"hop-tf export {runtime} --dynamic", FORMATS[runtime].example
    if told:
        command += f" --weights {source}"
    if (preset := preset if told else source) != "hop_s_9x9" and name and not name.endswith(".keras"):
        command += f" --preset {preset}"
    raise NetworkError(
        f"the runtime {runtime} needs an exported file: '{command} -o {output}' makes {output}, to be given as weights"
    )
