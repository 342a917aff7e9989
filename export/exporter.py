import dataclasses
import importlib.util
import tempfile
from pathlib import Path

from hop_tf.errors import install_hint
from hop_tf.export.errors import ExportError
from hop_tf.export.formats import writer
from hop_tf.export.publishing import publish
from hop_tf.inference.formats import EXPORT_FORMATS
from hop_tf.inference.runtimes.errors import NetworkError


@dataclasses.dataclass(frozen=True)
class Exported:
    """What was written, and how it compares with Keras.

    Attributes:
        bytes: int, size on disk.
        operations: int, nodes of the graph.
        difference: largest and mean absolute difference of alpha to Keras in float32; None if not compared.
        sad: mean SAD of the check pictures by the int8 network and by Keras in float32; None for other precisions.
        compared: str, the format that was compared: an engine that cannot run here is proven by its ONNX file.
    """

    bytes: int
    operations: int
    difference: tuple[float, float] | None = None
    sad: tuple[float, float] | None = None
    compared: str = ""


def export(
    model,
    format,
    output,
    size=None,
    precision="float32",
    batch=1,
    input_dtype="float32",
    store="float32",
    pictures=None,
    engine=None,
    verify=True,
):
    """Writes a network in one of `EXPORT_FORMATS` and compares the written file with Keras.

    Args:
        model: `hop_tf.HOPMatting`, float32.
        format: key of `EXPORT_FORMATS`.
        output: path of the file or folder to write. It appears whole, after the comparison, or not at all.
        size: (height, width) in pixels of the photos it will take; None for photos of any size.
        precision: one of the format's.
        batch: int, how many photos at a time; with `size=None` the file takes any number.
        input_dtype: `"float32"` or `"uint8"`.
        store: the type that a float32 file stores its kernels in, one of the format's `stores`.
        pictures: folder of a test set, as `hop_tf.evaluation.reading.PictureSet` takes it. Every second of its pictures
            calibrates an int8 network, the others check it. None for drawn ones.
        engine: `EngineOptions` for TensorRT; its precision is set here.
        verify: bool, whether to compare.

    Returns:
        `Exported`.

    Raises:
        ExportError: if Keras runs on another backend than TensorFlow, the format does not have the precision, a
            package is missing, `output` cannot be written or is a folder that is no export, or the comparison fails.
        UserError, ImageError: if `pictures` cannot be read.
    """
    from hop_tf.export.job import Job

    spec, output = EXPORT_FORMATS[format], Path(output)
    _check_possible(format, precision, store, output)
    calibration, check = _pictures(pictures, size) if precision.startswith("int8") else ((), ())
    job = Job(model, size, batch, precision, input_dtype, store, calibration, engine, float_bias=format == "tensorrt")
    try:
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as folder:
            written, source = Path(folder) / "written" / output.name, None
            written.parent.mkdir()
            if spec.source:
                source = Path(folder) / "source" / f"{output.stem}{EXPORT_FORMATS[spec.source].suffix}"
                source.parent.mkdir()
                writer(spec.source).write(job, source)
                writer(format).write(job, written, source)
            else:
                writer(format).write(job, written)
            size_on_disk = sum(f.stat().st_size for f in [written, *written.rglob("*")] if f.is_file())
            exported = Exported(size_on_disk, writer(format).count(written))
            if verify:
                exported = dataclasses.replace(exported, **_compare(job, format, written, source, check, output))
            publish(written, output, Path(folder) / "before")
    except NetworkError as error:
        raise ExportError(f"{output}: {error}") from error
    except OSError as error:
        raise ExportError(f"{output}: cannot be written ({error.strerror or error}); choose another place") from error
    return exported


def _check_possible(format, precision, store, output):
    import keras

    spec = EXPORT_FORMATS[format]
    if keras.backend.backend() != "tensorflow":
        raise ExportError(
            f"export needs Keras on TensorFlow: set KERAS_BACKEND=tensorflow, not {keras.backend.backend()}"
        )
    if precision not in spec.precisions:
        raise ExportError(f"{format} is written in {', '.join(spec.precisions)}, not in {precision}")
    if store not in (spec.stores if precision == "float32" else ("float32",)):
        raise ExportError(f"{format} in {precision} does not store its kernels in {store}; ONNX in float32 does")
    for part in (EXPORT_FORMATS.get(spec.source), spec):
        for module in part.writes_with if part else ():
            if importlib.util.find_spec(module) is None:
                raise ExportError(f"{format} needs the package {module}: {install_hint(part.write_extra)}")
    if not output.parent.is_dir():
        raise ExportError(f"{output}: the folder {output.parent} does not exist")
    if output.is_dir():
        entries = {path.name for path in output.iterdir()}
        if not spec.entries or not entries <= set(spec.entries):
            raise ExportError(f"{output}: a folder that is no export in this format; choose another name")
    elif output.exists() and spec.entries:
        raise ExportError(f"{output}: is a file; {format} writes a folder, choose another name")


def _pictures(folder, size):
    """Pictures for the calibration and others for the check."""
    from hop_tf.export.samples import drawn_pictures, pictures_of_folder

    pictures = pictures_of_folder(folder, size) if folder else drawn_pictures(size)
    calibration, check = pictures[::2], pictures[1::2]
    if not any((trimap == 128).any() for _, _, trimap, _ in check):
        raise ExportError(
            f"{folder or 'drawn pictures'}: nothing to check an int8 network by; every second picture is for that, and "
            "none of them has unknown pixels within the size of the export"
        )
    return calibration, check


def _compare(job, format, written, source, check, output):
    """The comparison with Keras, as fields of `Exported`; an `ExportError` if it fails."""
    from hop_tf.export.verification import (
        SAD_FACTOR,
        SIZES,
        STORED_IN_FLOAT16,
        TOLERANCES,
        difference_to_keras,
        mean_sad,
    )

    spec = EXPORT_FORMATS[format]
    here = format if spec.cpu or writer(format).runs_here(written) else spec.source
    run = _load(here, written if here == format else source)
    shapes = [(job.batch, *job.size)] if job.size else [(2, *size) for size in SIZES]
    if not EXPORT_FORMATS[here].cpu:
        shapes = writer(here).shapes(written)
    pairs = [difference_to_keras(run, job.run_reference, shape, job.input_dtype) for shape in shapes]
    difference = max(a for a, _ in pairs), max(b for _, b in pairs)
    compared = {"compared": here, "difference": difference}
    if job.precision in TOLERANCES:
        rounded = job.engine is not None and job.engine.tf32 and here == format
        tolerance = TOLERANCES["float16" if rounded else job.precision]
        if job.store == "float16":
            tolerance = STORED_IN_FLOAT16
        if not all(a <= b for a, b in zip(difference, tolerance, strict=True)):  # NaN is no success
            raise ExportError(
                "{}: alpha differs from Keras by {:.1e}, mean {:.1e}, over {:.0e}, mean {:.0e}; not kept, unless with "
                "--no-verify".format(output, *difference, *tolerance)
            )
        return compared
    if source and spec.source == "onnx":  # an engine may not take pictures of these sizes
        run = _load("onnx", source)
    sad = mean_sad(run, check, job.input_dtype, job.batch), mean_sad(job.run_reference, check)
    if not sad[0] <= SAD_FACTOR * sad[1]:
        raise ExportError(
            f"{output}: mean SAD is {sad[0]:.2f} in {job.precision} and {sad[1]:.2f} in Keras, over {SAD_FACTOR:.2f} "
            "times as much; not kept, unless with --no-verify"
        )
    return {**compared, "sad": sad}


def _load(format, path):
    """Opens a file to compare it; ONNX Runtime on the CPU, since its CUDA provider rounds to TF32."""
    return EXPORT_FORMATS[format].load(path, "cpu" if format == "onnx" else None)
