"""A tiny matting network as an ONNX graph, which stands in for an export and is built in milliseconds."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

N_WEIGHTS = 9 * (4 * 64 + 64 * 64 + 64)


def small_onnx(path, size=(32, 48), batch=1, dtype=np.float32, last="Sigmoid"):
    """Write a graph of three convolutions of type `dtype`.

    It maps `image`, `[batch, height, width, 3]`, and `trimap`, both float32, to `alpha`.
    `size` (height, width) and `batch` are dynamic where None; `last` is the ONNX operator of the last node.
    """
    rng = np.random.default_rng(0)
    inner = TensorProto.FLOAT16 if dtype == np.float16 else TensorProto.FLOAT
    shape = [batch if batch else "batch", *(size or ("height", "width"))]
    nodes = [
        helper.make_node("Concat", ["image", "trimap"], ["both"], axis=3),
        helper.make_node("Cast", ["both"], ["cast"], to=inner),
        helper.make_node("Transpose", ["cast"], ["x0"], perm=[0, 3, 1, 2]),
    ]
    weights = []
    for i, (inputs, outputs) in enumerate([(4, 64), (64, 64), (64, 1)]):
        kernel = rng.normal(0, 1 / np.sqrt(9 * inputs), (outputs, inputs, 3, 3)).astype(dtype)
        weights.append(numpy_helper.from_array(kernel / (255 if i == 0 else 1), f"w{i}"))
        nodes.append(helper.make_node("Conv", [f"x{i}", f"w{i}"], [f"x{i + 1}"], f"conv{i}", pads=[1, 1, 1, 1]))
    nodes += [
        helper.make_node(last, ["x3"], ["y"], "last"),
        helper.make_node("Transpose", ["y"], ["z"], perm=[0, 2, 3, 1]),
        helper.make_node("Cast", ["z"], ["alpha"], to=TensorProto.FLOAT),
    ]
    image, trimap, alpha = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [*shape, channels])
        for name, channels in (("image", 3), ("trimap", 1), ("alpha", 1))
    )
    graph = helper.make_graph(nodes, "small", [image, trimap], [alpha], weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path
