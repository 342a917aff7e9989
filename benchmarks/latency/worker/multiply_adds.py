"""Multiply-adds of a network, from the shapes of its graph."""

import math

CONVOLUTION, TRANSPOSED, PRODUCTS = "Conv2D", "Conv2DBackpropInput", ("MatMul", "BatchMatMulV2")
UNKNOWN = ("Einsum", "Conv3D", "DepthwiseConv2dNative", "BatchMatMul", "BatchMatMulV3", "XlaDotV2")


def count_multiply_adds(model, size):
    """Counts the multiply-adds of a network for one photo, as it is executed after `hop_tf.fuse`.

    A convolution counts kernel height * kernel width * input channels for each of its outputs, a transposed one kernel
    height * kernel width * output channels for each of its inputs, also where the kernel reaches over the edge. A
    matrix product counts its inner dimension for each output; these are the attention's. Everything else
    (normalising, softmax, additions, reordering) is not counted. Local attention is computed on tiles and so with more
    keys than its window has: those are counted too, as they are computed.

    Args:
        model: `hop_tf.HOPMatting`.
        size: (height, width) in pixels of the photo; counted is the size it is padded to.

    Returns:
        dict of int: "convolutions" and "matrix_products".

    Raises:
        ValueError: if the graph has an operation with multiply-adds that is not counted here.
    """
    import tensorflow as tf

    from hop_tf import fuse
    from hop_tf.export.graph import deployment_graph

    graph = deployment_graph(fuse(model), size)
    inputs = {name: tf.TensorSpec(x.shape, x.dtype) for name, x in graph.input.items()}
    traced = tf.function(lambda inputs: graph(inputs)).get_concrete_function(inputs).graph
    counts = {"convolutions": 0, "matrix_products": 0}
    for operation in traced.get_operations():
        kind = operation.type
        if kind in UNKNOWN:
            raise ValueError(f"The network must have no other products than convolutions and MatMul. Received: {kind}")
        if kind == CONVOLUTION:
            height, width, channels, _ = operation.inputs[1].shape
            counts["convolutions"] += operation.outputs[0].shape.num_elements() * height * width * channels
        elif kind == TRANSPOSED:
            height, width, outputs, _ = operation.inputs[1].shape
            counts["convolutions"] += operation.inputs[2].shape.num_elements() * height * width * outputs
        elif kind in PRODUCTS:
            flag = "transpose_a" if kind == "MatMul" else "adj_x"
            left = operation.inputs[0].shape
            inner = left[-2] if operation.get_attr(flag) else left[-1]
            counts["matrix_products"] += math.prod(operation.outputs[0].shape) * inner
    return counts
