import keras
import numpy as np
import onnx
import pytest

from hop_tf import HOPMatting
from hop_tf.evaluation.reading import Sample
from hop_tf.export.exporter import export
from hop_tf.export.formats.onnx import write
from hop_tf.export.formats.onnx_calibration import activation_ranges
from hop_tf.export.job import Job
from hop_tf.export.samples import as_inputs, drawn_pictures
from hop_tf.inference.runtimes import load

SIZE = 64, 64


@pytest.fixture(scope="module")
def largest():
    """A function of a calibration: the end of the range of a map with one very large value in the second picture."""
    node = onnx.helper.make_node("Transpose", ["image"], ["map"], perm=[0, 3, 1, 2])
    convolution = onnx.helper.make_node("Conv", ["map", "kernel"], ["alpha"])
    kernel = onnx.numpy_helper.from_array(np.ones((1, 3, 1, 1), np.float32), "kernel")
    tensors = {"image": [1, 256, 256, 3], "trimap": [1, 256, 256, 1], "alpha": [1, 1, 256, 256]}
    infos = [onnx.helper.make_tensor_value_info(name, 1, shape) for name, shape in tensors.items()]
    graph = onnx.helper.make_graph([node, convolution], "small", infos[:2], infos[2:], [kernel])
    proto = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8)
    photos = np.random.default_rng(0).normal(0, 10, (2, 256, 256, 3)).astype(np.float32)
    photos[1, 0, 0, 0] = 1000
    pictures = [Sample("noise", photo, photo[..., 0], photo[..., 0]) for photo in photos]

    def find(calibration):
        ranges = activation_ranges(proto, ["Conv"], Job(keras.Model(), pictures=pictures, calibration=calibration))
        return np.abs(ranges["map"].range_value).max()

    return find


def test_minmax_keeps_outliers_in_the_range_and_the_other_calibrations_do_not(largest):
    assert largest("minmax") == 1000
    assert 37 < largest("percentile") < 42  # 99.99 % of the values lie within 3.9 standard deviations of 10
    assert 30 < largest("entropy") < 100


@pytest.fixture(scope="module")
def model():
    """A network whose first channels have tiny kernels and large biases."""
    keras.utils.set_random_seed(0)  # some initial weights give maps that are too close to 0 for a histogram
    model = HOPMatting(width=0.25, local_hops=1)
    norm = next(layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization))
    norm.gamma.assign(norm.gamma * 1e-4)
    norm.beta.assign(norm.beta + 1)
    return model


def test_attention_and_the_last_layer_stay_in_float32(model, tmp_path):
    export(model, "onnx", tmp_path / "hop.onnx", (41, 70), "int8", batch=2, verify=False)
    graph = onnx.load(tmp_path / "hop.onnx").graph
    producers = {name: node.op_type for node in graph.node for name in node.output}
    kept = [n for n in graph.node if n.op_type == "Conv" and producers.get(n.input[1]) != "DequantizeLinear"]
    last = [node for node in kept if "_hop" not in node.name]
    assert len(kept) == 3 + 2 + 4  # of the global block, of the local block, the last layer in four parts
    readers = {name: node for node in graph.node for name in node.input}
    for node in last:
        while node.op_type in ("Conv", "Add", "Transpose", "Reshape", "DepthToSpace"):
            node = readers[node.output[0]]
        assert node.op_type == "Tanh"


@pytest.fixture(scope="module")
def source(model, tmp_path_factory):
    """The export of the network and the source of its int8 engine."""
    path = tmp_path_factory.mktemp("source") / "hop.onnx"
    job = Job(model, SIZE, precision="int8", pictures=drawn_pictures(SIZE, 2), for_tensorrt=True)
    write(job, path)
    return job, path


def test_what_is_not_int8_in_the_source_of_an_engine_is_float16(source):
    _, path = source
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    producers = {name: node.op_type for node in graph.node for name in node.output}
    types = {x.name: x.type.tensor_type.elem_type for x in graph.value_info}
    convolutions = [node for node in graph.node if node.op_type in ("Conv", "ConvTranspose")]
    int8 = [node for node in convolutions if producers.get(node.input[1]) == "DequantizeLinear"]
    assert len(int8) > len(convolutions) / 2
    assert all(types[node.output[0]] == onnx.TensorProto.FLOAT16 for node in int8)
    quantised = {node.input[0] for node in graph.node if node.op_type == "QuantizeLinear"}
    assert not quantised.intersection(node.output[0] for node in convolutions)  # TensorRT fuses what follows them


def test_onnx_runtime_keeps_the_biases_of_float16_convolutions_in_int8(source):
    job, path = source
    picture = drawn_pictures(SIZE, 3)[2]
    inputs = as_inputs(picture.photo, picture.trimap)
    expected = job.run_reference(**inputs)
    np.testing.assert_allclose(load(path, "onnx", "cpu")(**inputs), expected, atol=0.05)
