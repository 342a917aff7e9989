"""The precision an engine really has. A request for float16 that ends in float32 is an error, not a slower engine."""

import collections
import math

import onnx

from hop_tf.export.errors import ExportError

HEAVY_LAYERS = ("CONVOLUTION", "DECONVOLUTION", "MATRIX_MULTIPLY")  # nearly all of the arithmetic
LEAST_SHARE = {"float32": 1.0, "float16": 0.8, "int8": 0.5}  # of heavy layers: attention and the ends may stay float
MOST_BYTES_PER_WEIGHT = {"float16": 2.5, "int8": 2.5}  # 2, and for int8 with its float ends 1 to 2
SLACK_BYTES = 64 * 1024  # constants and padding, which matter in small networks only
NAMES = {"FLOAT": "float32", "HALF": "float16", "BF16": "bfloat16"}
_PASSED_OVER = ("SHUFFLE", "IDENTITY")


def type_name(dtype):
    """NumPy's name of a `trt.DataType`, such as "float16"."""
    return NAMES.get(dtype.name, dtype.name.lower())


def heavy_layers(network):
    """Counts the convolutions and matrix products of a parsed network by the precision they compute in.

    Networks are strongly typed: the builder may not change these types. A layer between dequantisation and its use
    counts as int8, since the builder computes it in int8.

    Args:
        network: `trt.INetworkDefinition`.

    Returns:
        dict of "CONVOLUTION", "DECONVOLUTION", "MATRIX_MULTIPLY" to dict of precision to int; kinds that do not occur
        are left out.
    """
    layers = [network.get_layer(i) for i in range(network.num_layers)]
    producers = {layer.get_output(i).name: layer for layer in layers for i in range(layer.num_outputs)}
    counts = collections.defaultdict(collections.Counter)
    for layer in layers:
        if layer.type.name in HEAVY_LAYERS:
            source = producers.get(layer.get_input(0).name)
            while source and source.type.name in _PASSED_OVER:
                source = producers.get(source.get_input(0).name)
            dequantized = source and source.type.name == "DEQUANTIZE"
            counts[layer.type.name]["int8" if dequantized else type_name(layer.get_output(0).dtype)] += 1
    return {kind: dict(counter) for kind, counter in counts.items()}


def weight_elements(model):
    """The number of floating-point and int8 weights of an `onnx.ModelProto`, from its shapes alone."""
    kinds = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.INT8)
    constants = [node for node in model.graph.node if node.op_type == "Constant"]
    tensors = [*model.graph.initializer, *(a.t for node in constants for a in node.attribute if a.HasField("t"))]
    return sum(math.prod(tensor.dims) for tensor in tensors if tensor.data_type in kinds)


def check_precision(source, requested, layers, weights=None):
    """Compares the precision that a network or an engine has with the one asked for.

    Args:
        source: the ONNX file, for the message.
        requested: "float32", "float16" or "int8".
        layers: from `heavy_layers`.
        weights: `Weights` of the engine; None before there is one.

    Returns:
        str, the precision that most heavy layers have; `requested` if there are none.

    Raises:
        ExportError: if too few heavy layers have it, or the engine's weights take more room than it needs.
    """
    counts = collections.Counter()
    for counter in layers.values():
        counts.update(counter)
    if counts[requested] < LEAST_SHARE[requested] * counts.total():
        found = ", ".join(f"{n} {name}" for name, n in counts.most_common())
        raise ExportError(
            f"{source}: not a {requested} network, its convolutions and matrix products are {found}; "
            f"an engine has the precision of its ONNX file: export that in {requested}"
        )
    if weights and requested in MOST_BYTES_PER_WEIGHT:
        most = MOST_BYTES_PER_WEIGHT[requested] * weights.elements + SLACK_BYTES
        if weights.bytes > most:
            raise ExportError(
                f"{source}: the engine is not {requested}: its {weights.elements} weights take {weights.bytes} "
                f"bytes, over {most:.0f}; not kept"
            )
    return counts.most_common(1)[0][0] if counts else requested
