"""The precision an engine really has. A request for float16 that yields float32 is an error, not a slower engine."""

import collections
import math
import os
from typing import Any

import onnx

from hop_tf.export.errors import ExportError
from hop_tf.inference.engine_report import Weights

HEAVY_LAYERS = ("CONVOLUTION", "DECONVOLUTION", "MATRIX_MULTIPLY")  # nearly all of the arithmetic
# Of the convolutions; those of attention, the first and last and transposed bfloat16 ones may stay float32.
LEAST_SHARE = {"float32": 1.0, "float16": 0.8, "bfloat16": 0.7, "int8": 0.5}
MOST_BYTES_PER_WEIGHT = {
    "float16": 2.5,
    "bfloat16": 2.5,
    "int8": 2.5,
}  # halves take 2, int8 with its float layers 1 to 2
SLACK_BYTES = 64 * 1024  # constants and padding; they matter only in small networks
TABLE_BYTES_PER_PIXEL = 3  # tables that the builder computes ahead of time for photos of one size; 2 were measured
NAMES = {"FLOAT": "float32", "HALF": "float16", "BF16": "bfloat16"}
_SKIPPED = ("SHUFFLE", "IDENTITY")


def type_name(dtype: Any) -> str:
    """Return NumPy's name of a `trt.DataType`, such as "float16"."""
    return NAMES.get(dtype.name, dtype.name.lower())


def heavy_layers(network: Any) -> dict[str, dict[str, int]]:
    """Count the convolutions and matrix products of a parsed network by the precision they compute in.

    Networks are strongly typed, so the builder may not change these types. A layer that reads dequantised values counts
    as int8, because the builder computes it in int8.

    Args:
        network: `trt.INetworkDefinition`.

    Returns:
        "CONVOLUTION", "DECONVOLUTION", "MATRIX_MULTIPLY" -> precision -> number of layers, without kinds that do not
        occur.
    """
    layers = [network.get_layer(i) for i in range(network.num_layers)]
    producers = {layer.get_output(i).name: layer for layer in layers for i in range(layer.num_outputs)}
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for layer in layers:
        if layer.type.name in HEAVY_LAYERS:
            source = producers.get(layer.get_input(0).name)
            while source and source.type.name in _SKIPPED:
                source = producers.get(source.get_input(0).name)
            dequantized = source and source.type.name == "DEQUANTIZE"
            counts[layer.type.name]["int8" if dequantized else type_name(layer.get_output(0).dtype)] += 1
    return {kind: dict(counter) for kind, counter in counts.items()}


def weight_elements(model: onnx.ModelProto) -> int:
    """Return the number of floating-point and int8 weights of an ONNX graph."""
    kinds = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16, onnx.TensorProto.INT8)
    constants = [node for node in model.graph.node if node.op_type == "Constant"]
    tensors = [*model.graph.initializer, *(a.t for node in constants for a in node.attribute if a.HasField("t"))]
    return sum(math.prod(tensor.dims) for tensor in tensors if tensor.data_type in kinds)


def check_precision(
    source: str | os.PathLike,
    requested: str,
    layers: dict[str, dict[str, int]],
    weights: Weights | None = None,
    pixels: int = 0,
) -> str:
    """Compare the precision of a network or an engine with the one asked for.

    Args:
        source: the ONNX file, for the message.
        requested: `"float32"`, `"float16"`, `"bfloat16"` or `"int8"`.
        layers: from `heavy_layers`.
        weights: weights of the engine; `None` skips their check.
        pixels: pixels of the photos that the engine takes at a time; 0 if it takes any size.

    Returns:
        The precision of most convolutions; `requested` if there are none.

    Raises:
        ExportError: if too few convolutions have it, or the engine's weights take more bytes than it needs.
    """
    counts: collections.Counter[str] = collections.Counter()
    for kind, counter in layers.items():
        if kind != "MATRIX_MULTIPLY":  # those of attention in parts are many, and may be float32
            counts.update(counter)
    if counts[requested] < LEAST_SHARE[requested] * counts.total():
        found = ", ".join(f"{n} {name}" for name, n in counts.most_common())
        raise ExportError(
            f"{source}: not a {requested} network, its convolutions are {found}; "
            f"an engine has the precision of its ONNX file: export that in {requested}"
        )
    if weights and weights.bytes and requested in MOST_BYTES_PER_WEIGHT:
        most = MOST_BYTES_PER_WEIGHT[requested] * weights.elements + SLACK_BYTES + TABLE_BYTES_PER_PIXEL * pixels
        if weights.bytes > most:
            raise ExportError(
                f"{source}: the engine is not {requested}: its {weights.elements} weights take {weights.bytes} "
                f"bytes, over {most:.0f}; not kept"
            )
    return counts.most_common(1)[0][0] if counts else requested
