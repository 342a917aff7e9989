"""`matte` with the arguments that choose what runs the network, and where."""

import numpy as np
import pytest
from PIL import Image

from helpers.red_channel import red_channel_network
from helpers.small_onnx import small_onnx
from hop_tf import HOPMatting
from hop_tf.cli.app import main
from hop_tf.export.exporter import export
from hop_tf.inference.formats import EXPORT_FORMATS

COMMAND = "matte"


def test_an_exported_file_mattes_a_photo(pair, tmp_path, trimap_array):
    weights = small_onnx(tmp_path / "hop.onnx", (32, 32))
    out = tmp_path / "out.png"
    options = ["--weights", weights, "--runtime", "onnx", "--device", "cpu", "--precision", "float32", "-o", out]
    assert main(["matte", *map(str, [*pair, *options])]) == 0
    alpha = np.asarray(Image.open(out))
    known = trimap_array != 128
    assert np.array_equal(alpha[known], trimap_array[known]) and alpha[~known].std() > 0


@pytest.mark.parametrize("format", ["saved_model", pytest.param("openvino", marks=pytest.mark.slow)])
def test_an_exported_folder_mattes_a_photo(pair, tmp_path, expected_alpha, format, capsys):
    pytest.importorskip(EXPORT_FORMATS[format].reads_with[0])
    weights = tmp_path / f"hop_{format}"
    export(red_channel_network(), format, weights, verify=False)
    assert main(["matte", *map(str, pair), "--weights", str(weights), "--device", "cpu"]) == 0
    assert f"{weights}: {EXPORT_FORMATS[format].load(weights).library} on cpu, float32" in capsys.readouterr().err
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "cat_alpha.png")), expected_alpha)


def test_with_augmentation_a_network_that_reads_one_pixel_finds_the_same(pair, weights, tmp_path, expected_alpha):
    assert main(["matte", *map(str, pair), "--weights", str(weights), "--tta"]) == 0
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "cat_alpha.png")), expected_alpha)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--runtime", "tflite"], "'hop-tf export tflite --dynamic -o hop.tflite' makes hop.tflite"),
        (["--weights", "ONNX", "--runtime", "keras"], "hop.onnx: is for the runtime onnx, not for keras"),
        (["--weights", "ONNX", "--device", "gpu:9"], "gpu"),
        (["--weights", "ONNX", "--precision", "bfloat16"], "was exported in float32"),
        (["--weights", "RED", "--precision", "bfloat16"], "only for networks of the type HOPMatting"),
        (["--weights", "RED", "--device", "gpu:9"], "sees no device gpu:9 here; there is cpu"),
        (["--device", "GPU 1"], "expected a device such as cpu, gpu or gpu:1: GPU 1"),
        (["--runtime", "torch"], "choose from"),
    ],
)
def test_impossible_runtime_options_are_one_line(pair, weights, tmp_path, fails_with, options, message):
    paths = {"ONNX": small_onnx(tmp_path / "hop.onnx"), "RED": weights}
    fails_with([*pair, *(paths.get(option, option) for option in options)], message)


@pytest.mark.parametrize("device, is_said", [([], True), (["--device", "cpu"], False)])
def test_an_unused_gpu_is_reported_unless_the_cpu_was_requested(pair, weights, monkeypatch, capsys, device, is_said):
    monkeypatch.setattr("hop_tf.cli.network_options.missing_gpu", lambda: None)
    assert main(["matte", *map(str, pair), "--weights", str(weights), *device]) == 0
    said = capsys.readouterr().err
    assert f"{weights}: Keras (tensorflow) on cpu, float32" in said
    assert ("the NVIDIA GPU here is not used" in said) == is_said


def test_a_folder_of_save_to_preset_is_a_preset(pair, tmp_path, fails_with):
    HOPMatting(width=0.25, global_hop=False, local_hops=0).save_to_preset(tmp_path / "mine")
    assert main(["matte", *map(str, pair), "--preset", str(tmp_path / "mine")]) == 0
    (tmp_path / "mine" / "config.json").write_text("{}")
    fails_with([*pair, "--preset", tmp_path / "mine"], "mine: ")
    fails_with([*pair, "--preset", tmp_path / "none"], "unknown preset")
