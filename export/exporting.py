import dataclasses
import importlib.util
import tempfile
from pathlib import Path

from export.errors import ExportError
from export.formats import FORMATS


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
    pictures=None,
    engine=None,
    verify=True,
):
    """Writes a network in one of `FORMATS` and compares the written file with Keras.

    Args:
        model: `hop_tf.HOPMatting`, float32.
        format: key of `FORMATS`.
        output: path of the file or folder to write. It appears whole, after the comparison, or not at all.
        size: (height, width) in pixels of the photos it will take; None for photos of any size.
        precision: one of the format's.
        batch: int, how many photos at a time; with `size=None` any number.
        input_dtype: `"float32"` or `"uint8"`.
        pictures: folder with the folders `image`, `trimap` and `alpha`. Every second of its pictures calibrates an int8
            network, the others check it. None for drawn ones.
        engine: `EngineOptions` for TensorRT; its precision is set here.
        verify: bool, whether to compare.

    Returns:
        `Exported`.

    Raises:
        ExportError: if Keras runs on another backend than TensorFlow, the format does not have the precision, a
            package is missing, `output` is a folder that is no export, or the comparison fails.
    """
    from export.job import Job

    spec, output = FORMATS[format], Path(output)
    _check_possible(spec, format, precision, output)
    calibration, check = _pictures(pictures, size) if precision.startswith("int8") else ((), ())
    job = Job(model, size, batch, precision, input_dtype, calibration, engine, float_bias=format == "tensorrt")
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as folder:
        aside = Path(folder) / "written" / output.name
        aside.parent.mkdir()
        source = Path(folder) / f"{output.stem}{FORMATS[spec.source].suffix}" if spec.source else None
        if source:
            FORMATS[spec.source].write(job, source)
            spec.write(job, aside, source)
        else:
            spec.write(job, aside)
        size_on_disk = sum(f.stat().st_size for f in [aside, *aside.rglob("*")] if f.is_file())
        exported = Exported(size_on_disk, spec.count(aside))
        if verify:
            here = format if _runs_here(spec) else spec.source
            run = FORMATS[here].load(aside if here == format else source)
            exported = dataclasses.replace(exported, compared=here, **_compare(job, run, check, output))
        if output.is_dir():
            output.rename(Path(folder) / "replaced")
        for written in aside.parent.iterdir():
            written.rename(output.with_name(written.name))
    return exported


def _check_possible(spec, format, precision, output):
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ExportError(
            f"export needs Keras on TensorFlow: set KERAS_BACKEND=tensorflow, not {keras.backend.backend()}"
        )
    if precision not in spec.precisions:
        raise ExportError(f"{format} is written in {', '.join(spec.precisions)}, not in {precision}")
    for package in spec.packages + (spec.quantizer if precision != "float32" else ()):
        if importlib.util.find_spec(package.replace("-", "_")) is None:
            raise ExportError(f"{format} needs the package {package}: pip install {package}")
    if output.is_dir() and (
        spec.suffix or not any(output.glob("saved_model.pb")) and not any(output.glob("model.xml"))
    ):
        raise ExportError(f"{output}: a folder that is no export; choose another name")


def _pictures(folder, size):
    """Pictures for the calibration and others for the check."""
    from export.pictures import drawn_pictures, pictures_of_folder

    pictures = pictures_of_folder(folder, size) if folder else drawn_pictures(size)
    if len(pictures) < 2:
        raise ExportError(f"{folder}: one picture is too few: some calibrate, the others check")
    return pictures[::2], pictures[1::2]


def _runs_here(spec):
    from export.engines.backend import missing_gpu

    return spec.cpu or not missing_gpu()


def _compare(job, run, check, output):
    """The comparison with Keras, as fields of `Exported`; an `ExportError` if it fails."""
    from export.verify import SAD_FACTOR, SIZES, TOLERANCES, difference_to_keras, mean_sad

    sizes = [job.size] if job.size else SIZES
    batch = job.batch if job.size else 2
    pairs = [difference_to_keras(run, job.run_reference, size, batch, job.input_dtype) for size in sizes]
    difference = max(a for a, _ in pairs), max(b for _, b in pairs)
    if job.precision in TOLERANCES:
        if not all(a <= b for a, b in zip(difference, TOLERANCES[job.precision], strict=True)):  # NaN is no success
            raise ExportError(
                "{}: alpha differs from Keras by {:.1e}, mean {:.1e}, over {:.0e}, mean {:.0e}; not kept".format(
                    output, *difference, *TOLERANCES[job.precision]
                )
            )
        return {"difference": difference}
    sad = mean_sad(run, check, job.input_dtype), mean_sad(job.run_reference, check)
    if not sad[0] <= SAD_FACTOR * sad[1]:
        raise ExportError(
            f"{output}: mean SAD is {sad[0]:.2f} in {job.precision} and {sad[1]:.2f} in Keras, over {SAD_FACTOR:.2f} "
            "times as much; not kept"
        )
    return {"difference": difference, "sad": sad}
