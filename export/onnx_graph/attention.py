"""Operations that both HOP blocks share in an ONNX graph."""

from collections.abc import Sequence

import numpy as np

from hop_tf.export.onnx_graph.builder import GraphBuilder
from hop_tf.export.onnx_graph.convolutions import convolution
from hop_tf.export.onnx_graph.maps import Map
from hop_tf.layers.hop_block import HOPBlock

SMALLEST_NORM = np.float32(1e-4)


def features(b: GraphBuilder, layer: HOPBlock, appearance: Map) -> str:
    """Return `f` of Section 3.3, float32 `[batch, key_dim, height, width]`."""
    f = convolution(b, layer.query_key_conv, appearance)
    return f.name if f.dtype == "float32" else b.cast(f.name, "float32")


def l2_norm(b: GraphBuilder, x: str, axis: int) -> str:
    """Return the L2 norm over an axis, which is kept with size 1; at least 1e-4."""
    return b.op("Max", b.op("ReduceL2", x, [axis], keepdims=1), SMALLEST_NORM)


def add_output(b: GraphBuilder, layer: HOPBlock, opacity: Map, y: Map) -> Map:
    """Return the output of a fused block: `opacity + conv1x1(y)`."""
    y = convolution(b, layer.output_conv, y)
    return y.renamed(b.op("Add", opacity.name, y.name))


def concatenate(b: GraphBuilder, parts: Sequence[str], axis: int) -> str:
    """Join tensors along an axis."""
    return b.op("Concat", *parts, axis=axis) if len(parts) > 1 else parts[0]
