"""Real child processes, on a network of three convolutions."""

import os
import signal

import numpy as np
import pytest

from helpers.small_onnx import small_onnx
from hop_tf.benchmarks.latency.process import Child
from hop_tf.export.errors import ExportError

SIZE = (32, 48)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    np.save(folder / "image.npy", np.full((*SIZE, 3), 7, np.uint8))
    np.save(folder / "trimap.npy", np.full((*SIZE, 1), 128, np.uint8))
    return folder


def test_a_row_is_loaded_run_and_weighed_in_its_own_process(tmp_path, pictures):
    path = tmp_path / "net.onnx"
    small_onnx(path, SIZE, batch=2)
    with Child() as child:
        asked = {"source": str(path), "pictures": str(pictures), "shape": [2, *SIZE]}
        assert child.ask("load", format="onnx", precision="float32", **asked)["device"] == "cpu"
        child.ask("first_run", alpha=str(tmp_path / "alpha.npy"))
        times = child.ask("run", seconds=0.05, runs=3)["total"]
        memory = child.ask("memory")
    assert np.load(tmp_path / "alpha.npy").shape == (2, *SIZE, 1)
    assert len(times) >= 3 and (sum(times) >= 40 or len(times) == 3) and min(times) > 0
    assert 0 < memory["network_memory_mb"] < memory["memory_mb"] < 400  # TensorFlow alone would be more


def test_a_failure_is_one_line_and_the_process_lives_on(tmp_path, pictures):
    (tmp_path / "bad.onnx").write_bytes(b"not a network")
    with Child() as child:
        asked = {"source": str(tmp_path / "bad.onnx"), "pictures": str(pictures), "shape": [1, *SIZE]}
        with pytest.raises(ExportError, match="bad.onnx") as caught:
            child.ask("load", format="onnx", precision="float32", **asked)
        assert "\n" not in str(caught.value)
        assert child.is_alive()
        small_onnx(tmp_path / "good.onnx", SIZE)
        assert child.ask("describe", path=str(tmp_path / "good.onnx")) == {"shape": [1, *SIZE], "dtype": "float32"}


@pytest.mark.parametrize(
    "number, words", [(signal.SIGKILL, "killed, as for lack of memory"), (signal.SIGSEGV, "SIGSEGV")]
)
def test_a_process_that_ends_is_said(number, words):
    with Child() as child:
        os.kill(child._process.pid, number)
        with pytest.raises(ExportError, match=words):
            child.ask("memory")
