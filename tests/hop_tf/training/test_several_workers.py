import json
import os
import shutil
import signal
import socket
import time

import keras
import pytest

from helpers.runs import assert_same_arrays, losses, start
from hop_tf.training.workers import connect

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.distribute needs TensorFlow")


def free_ports(count):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def start_workers(config, folder, *settings):
    """Two running workers, the chief first, each with an output folder of its own."""
    cluster = {"worker": [f"localhost:{port}" for port in free_ports(2)]}
    tasks = [{"type": "worker", "index": index} for index in range(2)]
    return [
        start(config, folder / name, *settings, TF_CONFIG=json.dumps({"cluster": cluster, "task": task}))
        for name, task in zip(("chief", "other"), tasks, strict=True)
    ]


def wait_until(condition, processes, seconds=200):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline or any(process.poll() for process in processes):
            kill(processes)
            raise AssertionError("\n".join(process.communicate()[0] for process in processes))
        time.sleep(0.01)


def kill(processes):
    for process in processes:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()


def test_two_workers_continue_a_training_as_one_with_the_same_batch(one_device, tmp_path):
    """Losses, and the whole state after: weights, moments, averages, spectral vectors, BatchNorm's statistics.

    The chief's folder has the checkpoint of the first half, the other worker has no files. Processes make the batches.
    """
    chief = tmp_path / "chief"
    chief.mkdir()
    shutil.copy(one_device.output / "previous.weights.h5", chief / "latest.weights.h5")
    shutil.copy(one_device.output / "log.csv", chief)
    settings = (*one_device.settings, "training.distribution=multi_worker", "data.workers=2")
    workers = start_workers(one_device.config, tmp_path, *settings)
    wait_until(lambda: all(worker.poll() == 0 for worker in workers), workers)

    printed, silence = (worker.communicate()[0] for worker in workers)
    assert "resuming after step 3" in printed and "step 6: loss" in printed
    assert "step" not in silence and not (tmp_path / "other").exists()
    assert losses(chief) == pytest.approx(losses(one_device.output), abs=1e-4)
    for name in ("latest", "best", "final"):
        assert_same_arrays(*(folder / f"{name}.weights.h5" for folder in (one_device.output, chief)), atol=1e-4)


@pytest.mark.slow
def test_a_worker_that_is_killed_ends_the_other_with_one_line_and_both_start_again(one_device, tmp_path):
    settings = (*one_device.settings, "training.steps=3000", "training.distribution=multi_worker")
    workers = start_workers(one_device.config, tmp_path, *settings)
    wait_until((tmp_path / "chief/latest.weights.h5").exists, workers)
    kill(workers[1:])
    printed, _ = workers[0].communicate(timeout=200)
    assert workers[0].returncode == 2
    assert printed.splitlines()[-1].startswith("error: another worker has ended")

    workers = start_workers(one_device.config, tmp_path, *settings)
    done = max(losses(tmp_path / "chief"))
    wait_until(lambda: max(losses(tmp_path / "chief")) > done, workers)
    kill(workers)


@pytest.mark.parametrize("given", [None, "localhost:2222", '{"cluster": {"worker": ["localhost:2222"]}}'])
def test_a_cluster_that_is_not_described_is_one_clear_line(monkeypatch, given):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if given is not None:
        monkeypatch.setenv("TF_CONFIG", given)
    with pytest.raises(ValueError, match="needs the environment variable TF_CONFIG") as error:
        connect()
    assert str(error.value).endswith(f"Received: {given or 'none'}") and "\n" not in str(error.value)
