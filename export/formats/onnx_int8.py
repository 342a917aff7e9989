"""Int8 for ONNX: Q/DQ nodes around the convolutions, for ONNX Runtime and TensorRT."""

import re
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from hop_tf.export.formats.onnx_calibration import activation_ranges

if TYPE_CHECKING:
    import onnx
    from onnxruntime.quantization.calibrate import TensorData

    from hop_tf.export.job import Job

CONVOLUTIONS = ("Conv", "ConvTranspose")
FIRST_OPSET_WITH_FLOAT16 = 19  # for Q/DQ nodes


def quantize(proto: "onnx.ModelProto", job: "Job") -> "onnx.ModelProto":
    """Return a graph with quantised convolutions, except those of the HOP blocks and the last layer.

    No other group of layers costs more than 1 % of SAD: docs/export.md has the measurement.

    Each output channel of a kernel has its own scale. Activations are symmetric, as TensorRT requires. Their scales
    come from their values on the calibration pictures. Every reader of a quantised map, such as the addition at the end
    of a residual block, reads its dequantised values.

    For TensorRT, which fuses a convolution with the addition and activation that follow it, outputs of convolutions
    have no Q/DQ nodes.

    Args:
        proto: the graph, in float32, or in float16 for TensorRT.
        job: the export, with the pictures. They have the size that the graph takes; for TensorRT any size in common.
    """
    from onnx import version_converter
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

    from hop_tf.export.onnx_graph.network import HOP_BLOCK

    ranges = _ranges(proto, job)
    if job.for_tensorrt:
        proto = version_converter.convert_version(proto, FIRST_OPSET_WITH_FLOAT16)
    convolutions = [node.name for node in proto.graph.node if node.op_type in CONVOLUTIONS]
    last_layer = convolutions[-1].rpartition("/")[0]
    quantizer = QDQQuantizer(
        proto,
        per_channel=True,
        reduce_range=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QInt8,
        tensors_range=ranges,
        nodes_to_quantize=[],
        nodes_to_exclude=[
            name for name in convolutions if re.match(HOP_BLOCK, name) or name.rpartition("/")[0] == last_layer
        ],
        op_types_to_quantize=list(CONVOLUTIONS),
        extra_options={
            "ActivationSymmetric": True,
            "WeightSymmetric": True,
            "QuantizeBias": not job.for_tensorrt,
            "OpTypesToExcludeOutputQuantization": list(CONVOLUTIONS) if job.for_tensorrt else [],
        },
    )
    quantizer.quantize_model()
    quantized = quantizer.model.model
    _sort(quantized.graph)
    return quantized


def _sort(graph: "onnx.GraphProto") -> None:
    """Put the nodes in an order in which each is computed before it is read; the quantiser's own misses loops."""
    from hop_tf.export.onnx_graph.builder import inputs_of

    nodes = list(graph.node)
    makers = {name: i for i, node in enumerate(nodes) for name in node.output}
    read = {i: {makers[name] for name in inputs_of(node) if name in makers} for i, node in enumerate(nodes)}
    del graph.node[:]
    graph.node.extend(nodes[i] for i in TopologicalSorter(read).static_order())


def _ranges(proto: "onnx.ModelProto", job: "Job") -> dict[str, "TensorData"]:
    """Return the ranges of the maps around convolutions, found in float32, in the type of the graph."""
    import numpy as np
    from onnxruntime.quantization.calibrate import TensorData

    from hop_tf.export.onnx_graph.forms import PLAIN
    from hop_tf.export.onnx_graph.network import onnx_graph

    exact = proto
    if job.for_tensorrt:  # a float16 graph, whose values are too coarse for histograms and slow on a CPU
        size = job.pictures[0].photo.shape[:2] if job.size else None
        exact = onnx_graph(job.fused(), size, job.batch, job.input_dtype, PLAIN)
    found = activation_ranges(exact, CONVOLUTIONS, job)
    dtype, ranges = np.float16 if job.for_tensorrt else np.float32, {}
    exact_nodes = {node.name: node for node in exact.graph.node}
    for node in proto.graph.node:
        if node.op_type in CONVOLUTIONS:  # only the names of other nodes may differ between the graphs
            twin = exact_nodes[node.name]
            for name, exact_name in ((node.input[0], twin.input[0]), (node.output[0], twin.output[0])):
                lowest, highest = (dtype(np.max(x)) for x in found[exact_name].range_value)
                ranges[name] = TensorData(lowest=lowest, highest=highest)
    return ranges
