import os
import signal
import time

import pytest

from helpers.runs import assert_same_arrays, losses, start
from helpers.tiny_training import train_here, write_config


def test_a_killed_run_resumes_as_if_nothing_had_happened(tmp_path):
    """Weights, moments, averages, loss scale, schedule, spectral vectors, BatchNorm's statistics and data position."""
    config, half = write_config(tmp_path), "training.dtype=mixed_float16"
    process = start(config, tmp_path / "killed", half)
    deadline = time.monotonic() + 300
    while not (tmp_path / "killed/previous.weights.h5").exists():  # two epochs are done, the third is under way
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0]
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert len(losses(tmp_path / "killed")) < 4
    train_here(config, tmp_path / "killed", half)
    train_here(config, tmp_path / "whole", half)

    expected = losses(tmp_path / "whole")
    assert list(expected) == [3, 6, 9, 12]
    assert losses(tmp_path / "killed") == pytest.approx(expected, abs=1e-5)
    for name in ("latest", "final"):
        files = (tmp_path / folder / f"{name}.weights.h5" for folder in ("whole", "killed"))
        assert_same_arrays(*files, atol=1e-4)
