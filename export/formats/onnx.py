"""ONNX files in float32, strongly typed float16 or bfloat16, or int8 with Q/DQ nodes."""

from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.export.formats.onnx_bfloat16 import to_bfloat16
from hop_tf.export.formats.onnx_int8 import quantize
from hop_tf.export.formats.onnx_storage import store_in_float16
from hop_tf.export.onnx_graph.builder import nodes_of
from hop_tf.export.onnx_graph.forms import ONNX_RUNTIME, ONNX_RUNTIME_INT8, PLAIN, TENSORRT_HALF
from hop_tf.export.onnx_graph.network import onnx_graph

if TYPE_CHECKING:
    from hop_tf.export.job import Job


def write(job: "Job", path: Path) -> None:
    """Write a checked ONNX file.

    Files in float32 and int8 have the forms that are fastest on a CPU, those in float16 the forms for GPUs.

    In float16, the inputs, the attention scores, their softmax and the alpha stay float32; in the source of an engine,
    local attention is float16 throughout. In int8, what is not quantised is float32, and float16 in the source of an
    engine. The graph states the type of each tensor and leaves nothing to the flags of an engine builder.

    Args:
        job: the export, in float32, float16 or int8, or in bfloat16 as the source of an engine.
        path: the file to write.
    """
    import onnx

    is_half = job.precision in ("float16", "bfloat16") or (job.precision == "int8" and job.for_tensorrt)
    if job.for_tensorrt:  # bfloat16 is too coarse for scores
        forms = TENSORRT_HALF if job.precision in ("float16", "int8") else PLAIN
    else:
        forms = {"float32": ONNX_RUNTIME, "int8": ONNX_RUNTIME_INT8, "float16": PLAIN}[job.precision]
    proto = onnx_graph(
        job.fused("mixed_float16" if is_half else "float32"),
        job.size,
        job.batch,
        job.input_dtype,
        forms,
    )
    if job.precision == "bfloat16":
        proto = to_bfloat16(proto)
    if job.precision == "int8":
        proto = quantize(proto, job)
    if job.store == "float16":
        store_in_float16(proto)
    proto.metadata_props.add(key="precision", value=job.precision)  # for runtimes, which cannot tell by the nodes
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)


def count(path: Path) -> int:
    """Return the number of nodes in the graph, those in the bodies of its loops included."""
    import onnx

    return len(nodes_of(onnx.load(path).graph))
