import importlib.util
import sys

import keras
import pytest

from hop_tf.export.checks import check_packages
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.errors import ExportError
from hop_tf.export.exporter import export


def refused(message, format, output, **options):
    with pytest.raises(ExportError, match=message) as caught:
        export(keras.Model(), format, output, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "format, package, extra",
    [
        ("onnx", "onnx", "export"),
        ("tflite", "ai_edge_litert", "tflite"),
        ("openvino", "openvino", "openvino"),
        ("tensorrt", "onnx", "export"),  # its source
    ],
)
def test_a_missing_package_is_named_with_its_install_command(tmp_path, monkeypatch, format, package, extra):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))
    refused(rf'{format} needs the package {package}: pip install "hop-tf\[{extra}\]"', format, tmp_path / "model")


@pytest.mark.parametrize(
    "format, precision, calibration, message",
    [
        ("onnx", "float32", "minmax", "^onnx in float32 has no calibration minmax; there is no choice$"),
        ("openvino", "int8", "entropy", "^openvino in int8 has no calibration entropy; there is no choice$"),
        ("onnx", "int8", "mean", "^onnx in int8 has no calibration mean; expected one of percentile, minmax, entropy$"),
    ],
)
def test_a_calibration_must_be_one_of_the_format(tmp_path, format, precision, calibration, message):
    refused(message, format, tmp_path / "model", precision=precision, calibration=calibration)


LIBRARIES = ("tensorrt", "tensorrt_bindings", "tensorrt_rtx", "tensorrt_rtx_bindings")


@pytest.mark.parametrize(
    "engine, message",
    [
        (None, r"^tensorrt: engines need TensorRT for RTX: pip install"),
        (EngineOptions(compute_capabilities=("8.9",)), r"capability need TensorRT for RTX: pip install"),
    ],
)
def test_a_missing_tensorrt_is_named_before_keras_starts(tmp_path, monkeypatch, engine, message):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in LIBRARIES else find(name))
    refused(message, "tensorrt", tmp_path / "model.engine", engine=engine)
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ExportError, match=message):
        check_packages("tensorrt", engine)


def test_an_unknown_compute_capability_is_refused_before_keras_starts(tmp_path):
    pytest.importorskip("tensorrt_rtx_bindings", reason="needs TensorRT for RTX")
    engine = EngineOptions(compute_capabilities=("8.9", "1.0"))
    refused(
        "--computeCapabilities 1.0: TensorRT for RTX .* builds for", "tensorrt", tmp_path / "e.engine", engine=engine
    )


@pytest.mark.parametrize(
    "format, options, message",
    [
        ("onnyx", {}, "unknown format 'onnyx'; expected one of saved_model, onnx, tflite, openvino, tensorrt"),
        ("saved_model", {"precision": "int8"}, "saved_model is written in float32, not in int8"),
        ("onnx", {"input_dtype": "float16"}, "inputs are float32 or uint8, not float16"),
        ("onnx", {"precision": "float16", "store": "float16"}, "onnx in float16 does not store its kernels in float16"),
        ("onnx", {"precision": "int8", "store": "float16"}, "onnx in int8 does not store its kernels in float16"),
        ("tflite", {"store": "float16"}, "tflite in float32 does not store its kernels in float16; ONNX in float32"),
    ],
)
def test_unsupported_options_of_a_format_are_refused(tmp_path, format, options, message):
    refused(message, format, tmp_path / "model", **options)


@pytest.mark.parametrize("entries", [("thesis.txt",), ("model.xml", "thesis.txt"), ("model.xml", "model.bin")])
def test_a_folder_that_is_not_an_export_in_this_format_is_left_alone(tmp_path, entries):
    for name in entries:
        (tmp_path / name).write_text("kept")
    refused("not an export in this format; choose another name", "saved_model", tmp_path, size=(64, 64))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(entries, "kept")


def test_a_file_in_the_place_of_a_folder_and_a_missing_folder_are_named(tmp_path):
    (tmp_path / "model").write_text("kept")
    refused("model: is a file; saved_model writes a folder", "saved_model", tmp_path / "model")
    refused("the folder .*none does not exist", "onnx", tmp_path / "none/model.onnx")
    assert (tmp_path / "model").read_text() == "kept"
