"""ONNX: float32, strongly typed float16, and int8 with Q/DQ nodes, for ONNX Runtime, TensorRT and OpenVINO."""

import re

from hop_tf.export.formats.onnx_storage import store_in_float16

LARGEST_FOLDED = 100_000  # bytes; repeated constants would make the file several times larger
DIMENSIONS = ("batch", "height", "width")


def write(job, path):
    """Writes a simplified and checked ONNX file.

    In float16 the inputs, the attention scores, their softmax and the alpha stay float32, and each tensor has the type
    that the graph says: nothing is left to a builder's flags.

    Args:
        job: `hop_tf.export.job.Job`, precision float32, float16 or int8.
        path: `Path` of the file to write.
    """
    import onnx
    import onnxslim

    job.write(path, "onnx", "mixed_float16" if job.precision == "float16" else "float32")
    proto = onnxslim.slim(onnx.load(path), size_threshold=LARGEST_FOLDED)
    _name(proto, job)
    if job.precision == "int8":
        from hop_tf.export.formats.onnx_int8 import quantize

        onnx.save(proto, path)
        proto = quantize(path, job.pictures, job.input_dtype, job.batch, job.float_bias)
    if job.store == "float16":
        store_in_float16(proto)
    proto.metadata_props.add(key="precision", value=job.precision)
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)


def count(path):
    """How many nodes the graph has."""
    import onnx

    return len(onnx.load(path).graph.node)


def _name(proto, job):
    """Names what the converter left numbered: free dimensions, and layers without the name of their model."""
    graph, model = proto.graph, re.compile(rf"^({re.escape(job.model.name)}(_\d+)?/)+")
    for node in graph.node:
        node.name = model.sub("", node.name)
        for names in (node.input, node.output):
            names[:] = [model.sub("", name) for name in names]
    for value in [*graph.initializer, *graph.value_info]:
        value.name = model.sub("", value.name)
    for value in [*graph.input, *graph.output]:
        for dimension, name in zip(value.type.tensor_type.shape.dim, DIMENSIONS, strict=False):
            if not dimension.dim_value:
                dimension.dim_param = name
    graph.name = job.model.name
    proto.producer_name = "hop_tf"
