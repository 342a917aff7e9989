"""Real worker processes."""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from helpers.small_onnx import small_onnx
from hop_tf.benchmarks.latency.rows import Row, Settings
from hop_tf.benchmarks.latency.worker import process, running
from hop_tf.benchmarks.latency.worker.process import Worker
from hop_tf.errors import UserError
from hop_tf.export.errors import ExportError

SIZE = (32, 48)


@pytest.fixture
def settings(tmp_path):
    settings = Settings(work=tmp_path, files=tmp_path)
    image, trimap = (np.full((1, *SIZE, channels), 7, np.uint8) for channels in (3, 1))
    np.savez(settings.pictures, image=image, trimap=trimap)
    return settings


def row(path, batch=1):
    return Row("net", "onnx", "", SIZE, batch, path=path)


def test_a_row_is_loaded_run_and_measured_in_its_own_process(tmp_path, settings):
    path = small_onnx(tmp_path / "net.onnx", SIZE, batch=2)
    with Worker() as worker:
        columns = worker.ask(running.start, row(path, batch=2), path, settings)
        times, seconds = worker.ask(running.run, 0.05)
        memory = worker.ask(running.memory)
    times = times["total"]
    assert columns["device"] == "cpu" and columns["load_s"] > 0 and "CPUExecutionProvider" in columns["options"]
    assert seconds >= 0.05 and min(times) > 0
    assert sum(times) <= 1e3 * seconds
    assert 0 < memory["network_memory_mb"] < memory["memory_mb"] < 400  # TensorFlow alone would take more


def test_a_failure_is_one_line_and_the_process_lives_on(tmp_path, settings):
    bad, good = tmp_path / "bad.onnx", small_onnx(tmp_path / "good.onnx", SIZE)
    bad.write_bytes(b"not a network")
    with Worker() as worker:
        with pytest.raises(UserError, match="bad.onnx") as caught:
            worker.ask(running.start, row(bad), bad, settings)
        assert "\n" not in str(caught.value)
        assert worker.is_alive()
        assert worker.ask(running.start, row(good), good, settings)["load_s"] > 0


def test_an_unexpected_exception_is_its_name_and_first_line():
    with Worker() as worker, pytest.raises(ExportError, match=r"^FileNotFoundError: \[Errno 2\]"):
        worker.ask(os.stat, "/no/such/file")


@pytest.mark.parametrize(
    "number, words",
    [(signal.SIGKILL, "its process was killed, probably for lack of memory"), (signal.SIGSEGV, "signal SIGSEGV")],
)
def test_a_process_killed_by_a_signal_is_explained(number, words):
    with Worker() as worker:
        with pytest.raises(ExportError, match=words):
            worker.ask(signal.raise_signal, number)
        assert not worker.is_alive()


def test_a_process_that_exits_is_explained_by_its_last_output():
    with Worker() as worker:
        worker.ask(os.write, 2, b"some library\ngives up\n")
        with pytest.raises(ExportError, match="exit code 5: gives up"):
            worker.ask(os._exit, 5)


def test_a_process_that_does_not_answer_is_given_up(monkeypatch):
    with Worker() as worker:
        monkeypatch.setattr(process, "PATIENCE", 0.1)
        with pytest.raises(ExportError, match="took longer than 0 s"):
            worker.ask(time.sleep, 60)
        assert not worker.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills by score")
def test_if_memory_runs_out_a_row_ends_and_not_the_benchmark():
    with Worker() as worker:
        assert worker.ask(Path.read_text, Path("/proc/self/oom_score_adj")) == "1000\n"


def test_output_of_libraries_does_not_reach_the_terminal(capfd):
    with Worker() as worker:
        worker.ask(os.write, 1, b"chatter")
        worker.ask(os.write, 2, b"more of it")
    assert capfd.readouterr() == ("", "")
