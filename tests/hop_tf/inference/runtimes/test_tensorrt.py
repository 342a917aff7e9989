"""Engines in the predictor, with a fake in place of TensorRT: its alpha is the red channel divided by 255."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.engine_report import small_report
from hop_tf.inference.predictor import Predictor
from hop_tf.inference.runtimes import tensorrt
from hop_tf.inference.runtimes.errors import NetworkError

PROFILE = ((1, 64, 64, 3), (1, 96, 96, 3), (2, 96, 128, 3))


class FakeEngine:
    """An `OpenEngine` whose inputs are `[batch, height, width, channels]` and whose profile is `PROFILE`."""

    names = {"image": 3, "trimap": 1, "alpha": 1}
    num_io_tensors = 3

    def __init__(self, size):
        self.size, self.seen, self.context, self.rtx = size, [], None, True
        self.trt, self.engine = SimpleNamespace(TensorIOMode=SimpleNamespace(INPUT="input")), self

    def get_tensor_name(self, i):
        return list(self.names)[i]

    def get_tensor_mode(self, name):
        return "output" if name == "alpha" else "input"

    def get_tensor_shape(self, name):
        return (*self.size, self.names[name])

    def get_tensor_profile_shape(self, name, index):
        return PROFILE

    def dtype(self, name):
        return np.float32

    def set_inputs(self, image, trimap):
        self.seen.append(image.shape[:3])
        return {"image": image, "trimap": trimap, "alpha": np.empty_like(trimap)}


@pytest.fixture
def predictor(monkeypatch, tmp_path):
    """A function from the engine's (batch, height, width) to a predictor and the sizes that the engine was run at."""

    def execute(engine, arrays, outputs):
        arrays["alpha"][...] = arrays["image"][..., :1] / 255

    def make(*size, **kwargs):
        fake, path = FakeEngine(size), tmp_path / "hop.engine"
        path.write_bytes(b"vtrt")
        monkeypatch.setattr(tensorrt, "open_engine", lambda path, device: fake)
        monkeypatch.setattr(tensorrt, "_execute", execute)
        return Predictor(path, **kwargs), fake.seen

    return make


@pytest.mark.parametrize(
    ("engine", "photo", "seen"),
    [
        ((-1, -1, -1), (20, 30), {(1, 64, 64)}),
        ((-1, -1, -1), (70, 200), {(1, 96, 128)}),
        ((1, 50, 80), (20, 200), {(1, 50, 80)}),
    ],
)
def test_an_engine_sees_the_sizes_that_it_takes(predictor, engine, photo, seen):
    predictor, sizes = predictor(*engine)
    image = np.random.default_rng(0).integers(0, 256, (*photo, 3), dtype=np.uint8)
    alpha = predictor.predict(image, np.full(photo, 128, np.uint8))
    np.testing.assert_allclose(alpha, image[:, :, 0] / 255, atol=1e-6)
    assert set(sizes) == seen


def test_the_precision_of_an_engine_is_that_of_its_report(predictor, tmp_path):
    report = dataclasses.replace(small_report(), precision="float16")
    (tmp_path / "hop.engine.json").write_text(report.to_json())
    predictor(1, 50, 80, precision="float16")
    with pytest.raises(NetworkError, match="hop.engine: was exported in float16"):
        predictor(1, 50, 80, precision="float32")


def test_an_engine_without_a_gpu_is_refused_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(tensorrt, "missing_gpu", lambda: "no NVIDIA driver is installed")
    (tmp_path / "hop.engine").write_bytes(b"vtrt")
    with pytest.raises(NetworkError, match="hop.engine: engines run on a GPU, and no NVIDIA driver is installed"):
        Predictor(tmp_path / "hop.engine")
