import openvino
import pytest
import tensorflow as tf

from helpers.small_onnx import small_onnx
from hop_tf.benchmarks.latency.worker.networks import input_shape
from hop_tf.errors import UserError
from hop_tf.inference.runtimes.devices import missing_gpu

SIZE = (40, 70)


def write_saved_model(path, shape=(2, *SIZE), dtype=tf.uint8):
    module = tf.Module()
    inputs = {name: tf.TensorSpec((*shape, n), dtype, name) for name, n in (("image", 3), ("trimap", 1))}
    module.serve = tf.function(
        lambda image, trimap: {"alpha": tf.cast(image[..., :1], tf.float32) + tf.cast(trimap, tf.float32)}
    )
    tf.saved_model.save(module, path, {"serving_default": module.serve.get_concrete_function(**inputs)})


@pytest.fixture(params=["onnx", "openvino", "saved_model", "tflite"])
def file(request, tmp_path):
    """A small file in each format, and the (batch, height, width) that it takes."""
    if request.param == "saved_model":
        write_saved_model(str(tmp_path / "net"))
        return tmp_path / "net", (2, *SIZE)
    if request.param == "tflite":
        write_saved_model(str(tmp_path / "source"))
        converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "source"))
        (tmp_path / "net.tflite").write_bytes(converter.convert())
        return tmp_path / "net.tflite", (2, *SIZE)
    path = small_onnx(tmp_path / "net.onnx", None, None)
    if request.param == "openvino":
        openvino.save_model(openvino.convert_model(path), tmp_path / "net" / "model.xml")
        path = tmp_path / "net"
    return path, (None, None, None)


def test_the_input_shape_of_a_file_is_found(file):
    path, expected = file
    assert input_shape(path) == expected


@pytest.mark.skipif(not missing_gpu(), reason="there is a GPU")
def test_without_a_gpu_an_engine_may_take_any_size(tmp_path):
    (tmp_path / "net.engine").touch()
    assert input_shape(tmp_path / "net.engine") == (None, None, None)


@pytest.mark.parametrize("name", ["net.onnx", "net.tflite"])
def test_a_damaged_file_is_named_in_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"no network")
    with pytest.raises(UserError, match=rf"{name}: damaged") as caught:
        input_shape(tmp_path / name)
    assert "\n" not in str(caught.value)
