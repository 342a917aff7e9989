"""Float16 storage for float32 ONNX files: half the size, the same float32 arithmetic."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

SMALLEST_KERNEL = 1024  # elements; smaller arrays hardly count in the file's size and keep their float32 values
SUFFIX = "_float16"


def store_in_float16(proto: "onnx.ModelProto") -> None:
    """Store the large kernels of a float32 graph in float16, each followed by a cast to float32.

    The graph still computes in float32. ONNX Runtime removes the casts when it loads the file. Vectors, such as biases,
    small arrays, index tables and kernels outside the range of float16 stay as they are.

    Args:
        proto: the graph, changed in place.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph, casts = proto.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2 or np.prod(tensor.dims) < SMALLEST_KERNEL:
            continue
        kernel = numpy_helper.to_array(tensor)
        if np.abs(kernel).max() > np.finfo(np.float16).max:
            continue
        name, stored = tensor.name, tensor.name + SUFFIX
        tensor.CopyFrom(numpy_helper.from_array(kernel.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], f"{stored}_to_float32", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]  # a tensor is computed before it is used
    del graph.node[:]
    graph.node.extend(nodes)
