import functools

import keras
import numpy as np
import onnx
import pytest

from hop_tf import HOPMatting, fuse
from hop_tf.export.errors import ExportError
from hop_tf.export.graph import deployment_graph
from hop_tf.export.onnx_graph.builder import nodes_of
from hop_tf.export.onnx_graph.forms import ONNX_RUNTIME, ONNX_RUNTIME_INT8, PLAIN, TENSORRT_HALF
from hop_tf.export.onnx_graph.network import onnx_graph

slow = pytest.mark.slow


def draw_weights(model):
    """Give every weight of a network values that matter: the initial ones leave out its residual branches."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if len(weight.shape) < 2 and not weight.path.endswith(("/u", "/v")):
            low = 0.5 if weight.path.endswith(("gamma", "variance", "scale")) else -0.3
            weight.assign(rng.uniform(low, 1 if low > 0 else 0.3, weight.shape))
    return model


def run(graph, image, trimap):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["alpha"], {"image": image, "trimap": trimap})[0]


def pictures(size, batch=1, dtype="float32"):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (batch, *size, 3)).astype(dtype)
    return image, rng.choice([0, 84, 85, 128, 169, 170, 255], (batch, *size, 1)).astype(dtype)


def assert_equals_keras(model, size, fixed, batch=1, dtype="float32", tolerance=2e-5):
    image, trimap = pictures(size, batch, dtype)
    expected = np.array(deployment_graph(model, input_dtype=dtype)({"image": image, "trimap": trimap})["alpha"])
    known, fused = (trimap < 85) | (trimap >= 170), fuse(model)
    for forms in (ONNX_RUNTIME, PLAIN):
        alpha = run(onnx_graph(fused, size if fixed else None, batch, dtype, forms), image, trimap)
        assert alpha.dtype == np.float32 and alpha.shape == expected.shape
        np.testing.assert_allclose(alpha, expected, atol=tolerance)
        np.testing.assert_array_equal(alpha[known], expected[known])


@pytest.fixture(scope="module")
def model():
    return draw_weights(HOPMatting(width=0.25))


@pytest.mark.parametrize(
    "size, fixed", [((1, 1), False), ((41, 70), True), ((41, 70), False), pytest.param((96, 64), True, marks=slow)]
)
def test_photos_of_every_size_come_out_as_in_keras(model, size, fixed):
    assert_equals_keras(model, size, fixed)


@pytest.mark.backends
@pytest.mark.parametrize("fixed, dtype", [(True, "uint8"), (False, "float32")])
def test_batches_and_bytes_are_taken(model, fixed, dtype):
    assert_equals_keras(model, (64, 96), fixed, batch=2, dtype=dtype)


@pytest.mark.parametrize(
    "config",
    [
        {"window_size": 1},
        {"window_size": 33},
        {"global_stride": 1},
        {"positional_encoding": False, "trimap_embedding": False, "attention": "self"},
    ],
    ids=str,
)
@pytest.mark.parametrize("fixed", [False, pytest.param(True, marks=slow)])
def test_every_variant_of_the_network_is_written(config, fixed):
    assert_equals_keras(draw_weights(HOPMatting(width=0.25, **config)), (70, 100), fixed)


@pytest.mark.parametrize("stride", [1, 2])
def test_attention_in_parts_has_the_same_result(stride):
    model = draw_weights(HOPMatting(width=0.25, global_stride=stride, attention_memory_mb=0.01))
    whole = HOPMatting.from_config({**model.get_config(), "attention_memory_mb": None})
    whole.set_weights(model.get_weights())
    inputs = pictures((128, 96))
    in_parts, at_once = (onnx_graph(fuse(each), (128, 96), forms=PLAIN) for each in (model, whole))
    assert len(in_parts.graph.node) > len(at_once.graph.node) + 50
    np.testing.assert_allclose(run(in_parts, *inputs), run(at_once, *inputs), atol=1e-5)


def test_the_forms_for_int8_have_the_same_result(model):
    inputs, fused = pictures((96, 160)), fuse(model)
    graph, plain = (onnx_graph(fused, (96, 160), forms=forms) for forms in (ONNX_RUNTIME_INT8, PLAIN))
    np.testing.assert_allclose(run(graph, *inputs), run(plain, *inputs), atol=1e-5)


def test_attention_takes_as_many_nodes_in_a_large_photo_as_in_a_small_one(model):
    small, large = (onnx_graph(fuse(model), size).graph for size in ((64, 64), (2048, 2048)))
    assert [sum(node.op_type == "Loop" for node in graph.node) for graph in (small, large)] == [3, 3]
    assert len(nodes_of(small)) == len(nodes_of(large))


def test_transposed_convolutions_become_four_convolutions_for_onnx_runtime(model):
    graphs = [onnx_graph(fuse(model), (64, 64), forms=forms).graph for forms in (ONNX_RUNTIME, PLAIN)]
    assert [sum(node.op_type == "ConvTranspose" for node in graph.node) for graph in graphs] == [0, 5]


def test_every_leaky_relu_follows_a_convolution_for_onnx_runtime(model):
    graph = onnx_graph(fuse(model), (64, 64)).graph
    kinds = {name: node.op_type for node in graph.node for name in node.output}
    assert {kinds[node.input[0]] for node in graph.node if node.op_type == "LeakyRelu"} == {"Conv"}


def test_openvino_reads_the_files_of_onnx_runtime(model):
    openvino = pytest.importorskip("openvino")
    graph, (image, trimap) = onnx_graph(fuse(model), (96, 160)), pictures((96, 160))
    core = openvino.Core()
    read = core.compile_model(core.read_model(graph.SerializeToString()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    np.testing.assert_allclose(read({"image": image, "trimap": trimap})[0], run(graph, image, trimap), atol=1e-5)


def half(model, scale=1):
    other = HOPMatting.from_config({**model.get_config(), "dtype": "mixed_float16"})
    other.set_weights(model.get_weights())
    for layer in other.layers:
        if "_hop" in layer.name:
            layer.scale.assign(scale * layer.scale)
    return other


@pytest.fixture(scope="module")
def halves(model):
    """A function from a scale of attention to the fused network in mixed_float16, and its alpha in float32."""

    @functools.cache
    def get(scale):
        network = half(model, scale)
        exact = HOPMatting.from_config({**model.get_config(), "dtype": "float32"})
        exact.set_weights(network.get_weights())
        inputs = dict(zip(("image", "trimap"), pictures((64, 64)), strict=True))
        return fuse(network), np.array(deployment_graph(exact)(inputs)["alpha"])

    return get


@pytest.mark.parametrize(
    "forms, scale",
    [(ONNX_RUNTIME, 1), (PLAIN, 1), (TENSORRT_HALF, 1), (TENSORRT_HALF, 4)],
    ids=["onnx", "plain", "half", "half4"],
)
def test_float16_networks_differ_by_rounding_only(halves, forms, scale):
    inputs, (network, expected) = pictures((64, 64)), halves(scale)
    graph = onnx_graph(network, (64, 64), forms=forms)
    assert np.abs(run(graph, *inputs) - expected).mean() < 5e-3
    types = {x.name: x.data_type for x in graph.graph.initializer}
    kernels = [types[node.input[1]] for node in graph.graph.node if node.op_type == "Conv"]
    assert kernels.count(onnx.TensorProto.FLOAT16) > 60


def test_no_constant_grows_with_the_photo(model):
    small, large = (onnx_graph(fuse(model), size).ByteSize() for size in ((512, 512), (1024, 1024)))
    assert large < small + 400_000


def test_a_layer_that_cannot_be_written_is_named():
    image, trimap = keras.Input((None, None, 3), name="image"), keras.Input((None, None, 1), name="trimap")
    odd = keras.layers.GaussianNoise(0.1, name="odd")(trimap)
    model = keras.Model({"image": image, "trimap": trimap}, odd)
    with pytest.raises(ExportError, match="the layer odd cannot be written in ONNX: its type is GaussianNoise"):
        onnx_graph(model)
