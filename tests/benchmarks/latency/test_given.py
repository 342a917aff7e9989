import json

import openvino
import pytest
import tensorflow as tf

from helpers.small_onnx import small_onnx
from hop_tf.benchmarks.latency.given import describe, format_of
from hop_tf.errors import UserError
from hop_tf.export.errors import ExportError

SIZE = (40, 70)


def write_saved_model(path, shape=(2, *SIZE), dtype=tf.uint8):
    module = tf.Module()
    inputs = {name: tf.TensorSpec((*shape, n), dtype, name) for name, n in (("image", 3), ("trimap", 1))}
    module.serve = tf.function(
        lambda image, trimap: {"alpha": tf.cast(image[..., :1], tf.float32) + tf.cast(trimap, tf.float32)}
    )
    tf.saved_model.save(module, path, {"serving_default": module.serve.get_concrete_function(**inputs)})


@pytest.fixture(scope="module", params=["onnx", "openvino", "saved_model", "tflite", "tensorrt"])
def given(request, tmp_path_factory):
    """A format, a small file in it, and what its input `image` is."""
    folder, format = tmp_path_factory.mktemp("given"), request.param
    path, expected = folder / "net", {"shape": [2, *SIZE], "dtype": "uint8"}
    if format == "saved_model":
        write_saved_model(str(path))
    elif format == "tflite":
        write_saved_model(str(folder / "source"))
        path = folder / "net.tflite"
        path.write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(folder / "source")).convert())
    elif format == "tensorrt":
        path = folder / "net.engine"
        path.touch()
        image = {"name": "image", "shape": [-1, *SIZE, 3], "dtype": "float32"}
        (folder / "net.engine.json").write_text(json.dumps({"inputs": [image]}))
        expected = {"shape": [None, *SIZE], "dtype": "float32"}
    else:
        small_onnx(folder / "net.onnx", None, None)
        path = folder / "net.onnx"
        expected = {"shape": [None] * 3, "dtype": "float32"}
        if format == "openvino":
            path = folder / "net"
            openvino.save_model(openvino.convert_model(folder / "net.onnx"), path / "model.xml")
    return format, path, expected


def test_a_file_says_its_format_and_what_it_takes(given):
    format, path, expected = given
    assert format_of(path) == format
    assert describe(path) == expected


def test_an_engine_without_its_report_may_take_any_size(tmp_path):
    (tmp_path / "net.engine").touch()
    assert describe(tmp_path / "net.engine") == {"shape": [None] * 3, "dtype": "float32"}


def test_a_folder_of_something_else_is_said(tmp_path):
    with pytest.raises(UserError, match="expected a .onnx or .tflite or .engine file, or the folder of"):
        format_of(tmp_path)


@pytest.mark.parametrize("name", ["net.onnx", "net.tflite"])
def test_a_damaged_file_is_named_in_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"no network")
    with pytest.raises(ExportError, match=rf"{name}: damaged, or no exported matting network .*; export it again$"):
        describe(tmp_path / name)
