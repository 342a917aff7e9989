"""Multiply-adds of a network, from the shapes of its graph."""

import math

import keras
import tensorflow as tf

from hop_tf import fuse
from hop_tf.export.graph import deployment_graph

CONVOLUTION, TRANSPOSED, PRODUCTS = "Conv2D", "Conv2DBackpropInput", ("MatMul", "BatchMatMulV2")
UNKNOWN = ("Einsum", "Conv3D", "DepthwiseConv2dNative", "BatchMatMul", "BatchMatMulV3", "XlaDotV2")


def count_multiply_adds(model: keras.Model, size: tuple[int, int]) -> dict[str, int]:
    """Count the multiply-adds of a network for one photo, as executed after `hop_tf.fuse`.

    A convolution counts kernel height * kernel width * input channels for each output. A transposed convolution counts
    kernel height * kernel width * output channels for each input. Both include positions where the kernel crosses the
    edge. A matrix product, which only attention has, counts its inner dimension for each output. Local attention
    processes tiles, which have more keys than its window; these are counted as computed. Normalization, softmax,
    additions and reordering are not counted.

    Args:
        model: `hop_tf.HOPMatting`.
        size: (height, width) of the photo in pixels. The padded size is counted.

    Returns:
        dict of int: "convolutions" and "matrix_products".

    Raises:
        ValueError: if the graph has an operation with multiply-adds that is not counted.
    """
    graph = deployment_graph(fuse(model), size)
    inputs = {name: tf.TensorSpec(x.shape, x.dtype) for name, x in graph.input.items()}
    traced = tf.function(lambda inputs: graph(inputs)).get_concrete_function(inputs).graph
    convolutions = products = 0
    for operation in traced.get_operations():
        kind = operation.type
        if kind in UNKNOWN:
            raise ValueError(f"The network must have no other products than convolutions and MatMul. Received: {kind}")
        if kind in (CONVOLUTION, TRANSPOSED):
            # (height, width, input, output) of a convolution's kernel; the last two are swapped in a transposed one
            positions = operation.outputs[0] if kind == CONVOLUTION else operation.inputs[2]
            convolutions += positions.shape.num_elements() * math.prod(operation.inputs[1].shape[:3])
        elif kind in PRODUCTS:
            left, flag = operation.inputs[0].shape, "transpose_a" if kind == "MatMul" else "adj_x"
            inner = left[-2] if operation.get_attr(flag) else left[-1]
            products += operation.outputs[0].shape.num_elements() * inner
    return {"convolutions": convolutions, "matrix_products": products}
