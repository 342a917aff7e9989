import contextlib
import importlib.util
import io
import tempfile
from pathlib import Path

from export.formats import FORMATS
from hop_tf.cli.files import CommandError

DYNAMIC_SIZES = [(64, 96), (128, 64)]


class ExportError(CommandError):
    """Why an export was not possible, in one line."""


def export(model, format, output, size=None, verify=True):
    """Writes a network in one of `FORMATS` and compares the written file with Keras.

    Args:
        model: `hop_tf.HOPMatting`, float32.
        format: key of `FORMATS`.
        output: path of the file or folder to write. It appears whole, after the comparison, or not at all.
        size: (height, width) in pixels of the photos it will take; None for any multiples of 32 from 64 on.
        verify: bool, whether to compare.

    Returns:
        Largest and mean absolute difference of alpha to Keras, or None without comparison.

    Raises:
        ExportError: if Keras runs on another backend than TensorFlow, the format needs a size, a package is missing,
            `output` is a folder that is no export, or the difference is above the format's tolerance.
    """
    import keras

    from export.deployment import deployment_graph
    from export.verify import difference_to_keras

    spec, output = FORMATS[format], Path(output)
    if keras.backend.backend() != "tensorflow":
        raise ExportError(
            f"export needs Keras on TensorFlow: set KERAS_BACKEND=tensorflow, not {keras.backend.backend()}"
        )
    if size is None and not spec.dynamic:
        raise ExportError(f"{format} takes photos of one size: give it as --size HEIGHTxWIDTH")
    for package in spec.packages:
        if importlib.util.find_spec(package) is None:
            raise ExportError(f"{format} needs the package {package}: pip install {package}")
    if output.is_dir() and not (output / "saved_model.pb").exists():
        raise ExportError(f"{output}: a folder that is no export; choose another name")
    graph = deployment_graph(model, size)
    height, width = size or (None, None)
    signature = {
        name: keras.InputSpec(shape=(None, height, width, channels), dtype="float32", name=name)
        for name, channels in (("image", 3), ("trimap", 1))
    }
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as folder:
        aside = Path(folder) / f"model{spec.suffix}"
        with contextlib.redirect_stdout(io.StringIO()):  # converters report their progress
            graph.export(str(aside), format=spec.keras_name, input_signature=[signature], verbose=False)
        difference = None
        if verify:
            run = spec.load(aside)
            pairs = [difference_to_keras(run, graph, at, batch=2) for at in ([size] if size else DYNAMIC_SIZES)]
            difference = max(a for a, _ in pairs), max(b for _, b in pairs)
            if not difference[0] <= spec.tolerance:  # NaN is no success either
                raise ExportError(
                    f"{output}: alpha differs from Keras by {difference[0]:.1e}, over {spec.tolerance:.0e}; not kept"
                )
        if output.is_dir():
            output.rename(Path(folder) / "replaced")
        aside.rename(output)
    return difference
