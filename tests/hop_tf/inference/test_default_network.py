"""Which network runs where none is named, and what it says about itself."""

import os
import subprocess
import sys

import numpy as np
import pytest

from helpers.goldens import REFERENCE, ROOT
from hop_tf.inference import default_network as module
from hop_tf.inference.default_network import default_network
from hop_tf.inference.predictor import Predictor
from hop_tf.pictures.reading import read_photo, read_trimap
from hop_tf.pictures.trimap import split_trimap


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({}, "hop_s_9x9.onnx"),
        ({"device": "cpu"}, "hop_s_9x9.onnx"),
        ({"precision": "float32"}, "hop_s_9x9.onnx"),
        ({"runtime": "onnx"}, "hop_s_9x9.onnx"),
        ({"runtime": "keras"}, "hop_s_9x9"),
        ({"precision": "bfloat16"}, "hop_s_9x9"),
    ],
)
def test_onnx_runtime_runs_the_bundled_network_unless_keras_is_needed(asked, name, monkeypatch):
    monkeypatch.setattr(module, "missing_gpu", lambda: "no driver")
    assert os.path.basename(default_network(**asked)) == name


def test_a_gpu_that_keras_sees_is_used_unless_the_cpu_is_asked_for(monkeypatch):
    monkeypatch.setattr(module, "keras_sees_gpu", lambda: True)
    assert default_network() == "hop_s_9x9"
    assert os.path.basename(default_network(device="cpu")) == "hop_s_9x9.onnx"


def test_without_keras_a_gpu_is_not_counted_on(monkeypatch):
    monkeypatch.setattr(module, "missing_gpu", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert os.path.basename(default_network()) == "hop_s_9x9.onnx"


def test_the_predictor_without_arguments_needs_no_keras():
    program = (
        "import sys; from hop_tf import Predictor; import numpy as np; predictor = Predictor();"
        "print(predictor.network.description, predictor.predict(np.zeros((40, 50, 3), np.uint8),"
        "np.full((40, 50), 128, np.uint8)).shape, {'keras', 'tensorflow', 'onnx'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "ONNX Runtime on cpu, float32 (40, 50) set()\n", done.stderr


def photos():
    examples = ROOT / "examples"
    pairs = [(examples / f"{name}.jpg", examples / f"{name}_trimap.png") for name in ("girl", "hat", "macaws")]
    folder = REFERENCE / "data/alphamatting"
    return pairs + [(path, folder / "trimap1" / path.name) for path in sorted(folder.glob("input/*.png"))[:3]]


def centre(picture, height=256, width=320):
    """Return the middle of a picture; pictures of one size are traced once."""
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return np.ascontiguousarray(picture[top : top + height, left : left + width])


def test_the_bundled_onnx_file_equals_the_bundled_keras_weights_on_photos():
    exported, keras = Predictor(runtime="onnx"), Predictor(runtime="keras")
    for photo_path, trimap_path in photos():
        photo, trimap = centre(read_photo(photo_path)), centre(read_trimap(trimap_path))
        difference = np.abs(exported.predict(photo, trimap) - keras.predict(photo, trimap))
        unknown, _ = split_trimap(trimap)
        assert unknown.mean() > 0.02
        assert difference.max() <= 3e-3
        assert difference[unknown].mean() <= 1e-4


def test_the_bundled_onnx_file_is_small():
    assert os.path.getsize(default_network("onnx")) <= 14e6
