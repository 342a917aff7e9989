"""The export of a network: check the request, write the file, compare it with Keras, put it in place."""

import dataclasses
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.export.checks import check_request
from hop_tf.export.errors import ExportError, VerificationError
from hop_tf.export.formats import writer
from hop_tf.export.publishing import publish
from hop_tf.inference.formats import EXPORT_FORMATS
from hop_tf.inference.runtimes.errors import NetworkError

if TYPE_CHECKING:
    import keras

    from hop_tf.export.engines.options import EngineOptions
    from hop_tf.export.job import Job


@dataclasses.dataclass(frozen=True)
class Exported:
    """An exported file and how it compares with Keras.

    Attributes:
        bytes: size on disk.
        operations: number of operations in the graph.
        compared: the format that was compared, `""` if none was. For an engine that cannot run here it is the ONNX file
            the engine was built from.
        difference: largest and mean absolute difference of alpha from Keras in float32; `None` if not compared.
        sad: mean SAD of the check pictures with the int8 network and with Keras; `None` for other precisions.
    """

    bytes: int
    operations: int
    compared: str = ""
    difference: tuple[float, float] | None = None
    sad: tuple[float, float] | None = None


def export(
    model: "keras.Model",
    format: str,
    output: str | os.PathLike,
    size: tuple[int, int] | None = None,
    precision: str = "float32",
    batch: int = 1,
    input_dtype: str = "float32",
    store: str = "float32",
    pictures: str | os.PathLike | None = None,
    calibration: str | None = None,
    engine: "EngineOptions | None" = None,
    verify: bool = True,
) -> Exported:
    """Export a network for deployment and compare the file with Keras.

    Args:
        model: the network: a `HOPMatting`, or a network that `fuse` returns. A network in mixed precision is exported,
            and compared, as the float32 network with the same weights.
        format: a key of `hop_tf.inference.formats.EXPORT_FORMATS`.
        output: the file or folder to write. It appears whole, after the comparison, or not at all.
        size: (height, width) in pixels of the photos; `None` for photos of any size.
        precision: one of the format's `precisions`.
        batch: photos at a time. A file for photos of any size takes any number.
        input_dtype: `"float32"` or `"uint8"`.
        store: type of the kernels in a float32 file, one of the format's `stores`.
        pictures: folder of a test set, as `hop_tf.evaluation.reading.PictureSet` takes it. Half of its pictures
            calibrate an int8 network and the other half check it. `None` draws pictures.
        calibration: how the ranges of an int8 network's activations are chosen from their values on the pictures, one
            of the format's `calibrations`; `None` for its default.
        engine: options of TensorRT; `precision` replaces theirs.
        verify: whether to compare with Keras.

    Raises:
        ExportError: if Keras does not run on TensorFlow, the format lacks the precision, a package is missing, `output`
            cannot be written or is a folder other than an export in this format, or the file does not match Keras.
        UserError: if `pictures` cannot be read.
    """
    output = Path(output)
    check_request(format, precision, input_dtype, store, output, engine, calibration)
    from hop_tf.export.job import Job
    from hop_tf.export.samples import split_pictures
    from hop_tf.export.verification import compare_with_keras

    needs_pictures = precision == "int8" or (verify and precision.startswith("int8"))
    calibrating, check = split_pictures(pictures, size) if needs_pictures else ((), ())
    job = Job(
        model,
        size,
        batch,
        precision=precision,
        input_dtype=input_dtype,
        store=store,
        pictures=calibrating,
        calibration=calibration or Job.calibration,
        engine=engine,
        for_tensorrt=format == "tensorrt",
    )
    try:
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as folder:
            written, source = _write(job, format, Path(folder), output.name)
            exported = Exported(_size_on_disk(written), writer(format).count(written))
            if verify:
                comparison = compare_with_keras(job, format, written, source, check)
                exported = dataclasses.replace(exported, **comparison._asdict())
            publish(written, output, before=Path(folder) / "before")
    except (NetworkError, VerificationError) as error:
        raise ExportError(f"{output}: {error}") from error
    except OSError as error:
        raise ExportError(f"{output}: cannot be written ({error.strerror or error}); choose another place") from error
    return exported


def _write(job: "Job", format: str, folder: Path, name: str) -> tuple[Path, Path | None]:
    """Write a network, after its source if it has one, each into a folder of its own; return both paths."""
    path, source = folder / format / name, EXPORT_FORMATS[format].source
    path.parent.mkdir()
    if not source:
        writer(format).write(job, path)
        return path, None
    source_path, _ = _write(job, source, folder, f"{path.stem}{EXPORT_FORMATS[source].suffix}")
    writer(format).write(job, path, source_path)
    return path, source_path


def _size_on_disk(path: Path) -> int:
    return sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())
