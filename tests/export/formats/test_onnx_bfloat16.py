import ml_dtypes
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from helpers.small_onnx import small_onnx
from hop_tf.export.formats.onnx_bfloat16 import OPSET, rounded_to_bfloat16, to_bfloat16


@pytest.fixture
def graph(tmp_path):
    return to_bfloat16(onnx.load(small_onnx(tmp_path / "small.onnx", dtype=np.float16)))


def test_a_float16_graph_becomes_a_valid_bfloat16_graph(graph):
    onnx.checker.check_model(graph, full_check=True)
    assert graph.opset_import[0].version == OPSET
    assert {tensor.data_type for tensor in graph.graph.initializer} == {TensorProto.BFLOAT16}
    targets = [attribute.i for node in graph.graph.node for attribute in node.attribute if attribute.name == "to"]
    assert targets == [TensorProto.BFLOAT16, TensorProto.FLOAT]


def test_transposed_convolutions_stay_in_float32(tmp_path):
    kernel = numpy_helper.from_array(np.ones((3, 3, 2, 2), np.float16), "kernel")
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT16, [1, 3, size, size])
        for name, size in zip("xy", (4, 5), strict=True)
    ]
    nodes = [helper.make_node("ConvTranspose", ["x", "kernel"], ["up"], "up"), helper.make_node("Relu", ["up"], ["y"])]
    proto = helper.make_model(
        helper.make_graph(nodes, "up", values[:1], values[1:], [kernel]), opset_imports=[helper.make_opsetid("", 15)]
    )
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.elem_type = TensorProto.BFLOAT16
    graph = to_bfloat16(proto)
    types = {x.name: x.type.tensor_type.elem_type for x in onnx.shape_inference.infer_shapes(graph).graph.value_info}
    (up,) = [node for node in graph.graph.node if node.op_type == "ConvTranspose"]
    assert types[up.output[0]] == types[up.input[0]] == types[up.input[1]] == TensorProto.FLOAT
    assert types["up"] == TensorProto.BFLOAT16


def test_the_rounded_graph_computes_what_bfloat16_would(graph):
    rounded = rounded_to_bfloat16(graph)
    rounded.graph.output.append(helper.make_tensor_value_info("x1", TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(rounded.SerializeToString(), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    image, trimap = (rng.uniform(0, 255, (1, 32, 48, channels)).astype(np.float32) for channels in (3, 1))
    alpha, features = session.run(["alpha", "x1"], {"image": image, "trimap": trimap})
    np.testing.assert_array_equal(features, features.astype(ml_dtypes.bfloat16).astype(np.float32))
    kernel = numpy_helper.to_array(graph.graph.initializer[0]).astype(np.float32)
    x = np.concatenate([image, trimap], -1).astype(ml_dtypes.bfloat16).astype(np.float32)
    middle = np.tensordot(x[0, 9:12, 9:12], kernel.transpose(2, 3, 1, 0), 3)  # the first convolution at (10, 10)
    np.testing.assert_allclose(features[0, :, 10, 10], middle, rtol=2**-8, atol=1e-3)
    assert alpha.dtype == np.float32
