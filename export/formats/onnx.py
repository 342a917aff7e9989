"""ONNX files in float32, strongly typed float16 or bfloat16, or int8 with Q/DQ nodes."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.export.formats.onnx_bfloat16 import to_bfloat16
from hop_tf.export.formats.onnx_int8 import quantize
from hop_tf.export.formats.onnx_storage import store_in_float16

if TYPE_CHECKING:
    from hop_tf.export.job import Job

LARGEST_FOLDED = 100_000  # bytes; folding larger constants would repeat them and make the file several times larger
DIMENSIONS = ("batch", "height", "width")


def write(job: "Job", path: Path) -> None:
    """Write a simplified and checked ONNX file.

    In float16, the inputs, the attention scores, their softmax and the alpha stay float32. The graph states the type of
    each tensor and leaves nothing to the flags of an engine builder.

    Args:
        job: the export, in float32, float16 or int8, or in bfloat16 as the source of an engine.
        path: the file to write.
    """
    import onnx
    import onnxslim

    job.write(path, "onnx", "mixed_float16" if job.precision in ("float16", "bfloat16") else "float32")
    proto = onnxslim.slim(onnx.load(path), size_threshold=LARGEST_FOLDED)
    _rename(proto, job.model.name)
    if job.precision == "bfloat16":
        proto = to_bfloat16(proto)
    if job.precision == "int8":
        onnx.save(proto, path)
        proto = quantize(path, job)
    if job.store == "float16":
        store_in_float16(proto)
    proto.metadata_props.add(key="precision", value=job.precision)  # for runtimes, which cannot tell by the nodes
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)


def count(path: Path) -> int:
    """Return the number of nodes in the graph."""
    import onnx

    return len(onnx.load(path).graph.node)


def _rename(proto, model_name):
    """Name the free dimensions, and remove the model's name from the names of its layers."""
    graph, prefix = proto.graph, re.compile(rf"^({re.escape(model_name)}(_\d+)?/)+")
    for node in graph.node:
        node.name = prefix.sub("", node.name)
        for names in (node.input, node.output):
            names[:] = [prefix.sub("", name) for name in names]
    for value in [*graph.initializer, *graph.value_info]:
        value.name = prefix.sub("", value.name)
    for value in [*graph.input, *graph.output]:
        for dimension, name in zip(value.type.tensor_type.shape.dim, DIMENSIONS, strict=False):
            if not dimension.dim_value:
                dimension.dim_param = name
    graph.name = model_name
    proto.producer_name = "hop_tf"
