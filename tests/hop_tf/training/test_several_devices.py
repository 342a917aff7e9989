import keras
import pytest

from helpers.runs import assert_same_arrays, finish, losses
from helpers.tiny_training import train_here

TWO_DEVICES = {
    "tensorflow": ("mirrored", {"CPU_DEVICES": "2"}),
    "jax": ("data_parallel", {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}),
}


def train_on_two_devices(run, output, *settings):
    distribution, environment = TWO_DEVICES[keras.backend.backend()]
    finish(run.config, output, *run.settings, *settings, f"training.distribution={distribution}", **environment)


def test_two_devices_train_as_one_with_the_same_batch(one_device, tmp_path):
    """Losses, and the whole state after: weights, moments, averages, spectral vectors, BatchNorm's statistics."""
    train_on_two_devices(one_device, tmp_path)
    assert losses(tmp_path) == pytest.approx(losses(one_device.output), abs=1e-4)
    for name in ("latest", "best", "final"):
        assert_same_arrays(*(folder / f"{name}.weights.h5" for folder in (one_device.output, tmp_path)), atol=1e-4)


@pytest.mark.slow
def test_two_devices_train_as_one_in_mixed_precision(one_device, tmp_path):
    half = "training.dtype=mixed_float16"  # rounds the sums of each device separately
    train_here(one_device.config, tmp_path / "one", *one_device.settings, half)
    train_on_two_devices(one_device, tmp_path / "two", half)
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), abs=2e-3)
