"""OpenVINO, the format for Intel's CPUs: a folder with `model.xml` and `model.bin`."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hop_tf.export.job import Job


def write(job: "Job", path: Path, source: Path) -> None:
    """Write an OpenVINO model. Float16 is the type of its stored weights; the device chooses the one it computes in.

    Args:
        job: the export, in float32 or float16.
        path: the folder to write.
        source: the SavedModel.
    """
    import openvino

    path.mkdir()
    openvino.save_model(openvino.convert_model(source), path / "model.xml", compress_to_fp16=job.precision == "float16")


def count(path: Path) -> int:
    """Return the number of operations in the graph."""
    import openvino

    return len(openvino.Core().read_model(path / "model.xml").get_ordered_ops())
