import keras
import pytest

from helpers.runs import assert_same_arrays, draw_pictures, finish, losses
from helpers.tiny_training import CONFIG

TWO_DEVICES = {
    "tensorflow": ("mirrored", {"CPU_DEVICES": "2"}),
    "jax": ("data_parallel", {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}),
}


@pytest.mark.parametrize("dtype", ["float32", pytest.param("mixed_float16", marks=pytest.mark.slow)])
def test_two_devices_train_as_one_with_the_same_batch(tmp_path, dtype):
    """Losses, and the whole state after: weights, moments, averages, spectral vectors, BatchNorm's statistics."""
    config = tmp_path / "tiny.toml"
    config.write_text(CONFIG)
    draw_pictures(tmp_path / "pictures")
    settings = (
        f"training.dtype={dtype}",
        "training.steps=6",
        "loss.laplacian=0.5",
        "loss.composition=0.5",
        f"validation.folder={tmp_path / 'pictures'}",
        "validation.every=6",
    )
    distribution, environment = TWO_DEVICES[keras.backend.backend()]
    finish(config, tmp_path / "one", *settings)
    finish(config, tmp_path / "two", *settings, f"training.distribution={distribution}", **environment)
    half = dtype == "mixed_float16"  # rounds each device's sums by itself
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), abs=2e-3 if half else 1e-4)
    if not half:
        assert_same_arrays(tmp_path / "one/latest.weights.h5", tmp_path / "two/latest.weights.h5", atol=1e-4)
        assert_same_arrays(tmp_path / "one/best.weights.h5", tmp_path / "two/best.weights.h5", atol=1e-4)
        assert_same_arrays(tmp_path / "one/final.weights.h5", tmp_path / "two/final.weights.h5", atol=1e-4)
