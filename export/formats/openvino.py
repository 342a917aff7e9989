"""OpenVINO, the format for Intel's CPUs: a folder with `model.xml` and `model.bin`."""

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hop_tf.export.job import Job


def write(job: "Job", path: Path) -> None:
    """Write an OpenVINO model.

    Float16 is the type of its stored weights; the device chooses the one it computes in. In int8, the convolutions and
    what lies between them are int8.

    Args:
        job: the export, in float32, float16 or int8.
        path: the folder to write.
    """
    import openvino

    from hop_tf.export.onnx_graph.forms import PLAIN
    from hop_tf.export.onnx_graph.network import onnx_graph

    graph = onnx_graph(job.fused(small_parts=True), job.size, job.batch, job.input_dtype, PLAIN)
    model = openvino.convert_model(io.BytesIO(graph.SerializeToString()))
    if job.precision == "int8":
        model = _quantize(model, job)
    path.mkdir()
    openvino.save_model(model, path / "model.xml", compress_to_fp16=job.precision == "float16")


def count(path: Path) -> int:
    """Return the number of operations in the graph."""
    import openvino

    return len(openvino.Core().read_model(path / "model.xml").get_ordered_ops())


def _quantize(model: Any, job: "Job") -> Any:
    """Quantise with symmetric activations, which are faster than asymmetric ones, and corrected biases.

    The HOP blocks, apart from their convolutions, stay in floating point.
    """
    from hop_tf.export.onnx_graph.network import HOP_BLOCK, ONE_HOT
    from hop_tf.export.samples import as_inputs

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        import nncf

        inputs = [as_inputs(picture.photo, picture.trimap, job.input_dtype, job.batch) for picture in job.pictures]
        return nncf.quantize(
            model,
            nncf.Dataset(inputs),
            preset=nncf.QuantizationPreset.PERFORMANCE,
            subset_size=len(inputs),
            ignored_scope=nncf.IgnoredScope(patterns=[HOP_BLOCK + "(?!.*conv).*", ONE_HOT + ".*"], validate=False),
        )
