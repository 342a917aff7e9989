import numpy as np
import pytest
from tqdm import tqdm

from helpers.small_onnx import small_onnx
from helpers.workers import WorkerInThisProcess
from hop_tf.benchmarks.latency import measuring
from hop_tf.benchmarks.latency.measuring import ROUNDS, difference, matmul_rates, measure
from hop_tf.benchmarks.latency.rows import Row, Settings, with_references
from hop_tf.benchmarks.latency.worker import networks, running
from hop_tf.errors import UserError
from hop_tf.inference.runtimes import load

SIZE = (64, 64)


@pytest.fixture
def worker(monkeypatch):
    class Worker(WorkerInThisProcess):
        fails, alive, most_alive = {}, 0, 0

    monkeypatch.setattr(measuring, "Worker", Worker)
    monkeypatch.setattr(measuring, "PAUSE", 0)
    monkeypatch.setattr(measuring, "available", lambda: 10**12)
    monkeypatch.setattr(running, "MATMUL", 64)
    return Worker


@pytest.fixture
def settings(tmp_path):
    return Settings(work=tmp_path, files=tmp_path / "files", warm_up=0, seconds=0)


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Keras, the reference, whose alpha is 0.5 everywhere, and an ONNX file as two rows."""

    def constant(row, saved):
        return lambda image, trimap: np.full(trimap.shape, 0.5, np.float32), np.float32, "cpu"

    monkeypatch.setattr(running, "_load_keras", constant)
    path = small_onnx(tmp_path / "net.onnx", SIZE)
    monkeypatch.setattr(running, "load", lambda path, *_: load(path, "onnx", "cpu"))
    return with_references([Row("net", format, "", SIZE, path=path) for format in ("onnx", "tflite")])


def measured(rows, settings):
    with tqdm(total=ROUNDS * len(rows), disable=True) as progress:
        found = measure(rows, {"net": None}, settings, progress, "numpy")
    return {row.format: columns for row, columns in found.items()}


def test_rows_of_a_size_take_turns(worker, settings, rows):
    found = measured(rows, settings)
    assert worker.most_alive == 2 and worker.alive == 0  # the reference has ended
    assert "median_ms" not in found["keras"]
    for format in ("onnx", "tflite"):
        assert found[format]["runs"] == ROUNDS and found[format]["turn"] == 1 and found[format]["median_ms"] > 0
    assert found["onnx"]["matmul_gflops"] == found["tflite"]["matmul_gflops"] > 0


def test_rows_are_compared_with_keras_on_the_same_photo(worker, settings, rows):
    found = measured(rows, settings)["onnx"]
    pictures = np.load(settings.pictures)
    alpha = load(rows[1].path, "onnx", "cpu")(pictures["image"][None], pictures["trimap"][None])
    assert found["difference_max"] == pytest.approx(np.abs(alpha - 0.5).max(), rel=0.01)
    assert found["difference_mean"] == pytest.approx(np.abs(alpha - 0.5).mean(), rel=0.01)
    assert found["file"] == "net.onnx" and found["file_mb"] == pytest.approx(
        rows[1].path.stat().st_size / 1e6, abs=0.01
    )


@pytest.mark.parametrize("function", [running.start, running.run, running.memory])
def test_a_failing_row_reports_why_and_stops_no_other(worker, settings, rows, function):
    worker.failing_format, worker.fails = "onnx", {function: "no such luck"}
    found = measured(rows, settings)
    assert found["onnx"]["error"] == "no such luck" and "median_ms" not in found["onnx"]
    assert found["tflite"]["median_ms"] > 0 and "error" not in found["tflite"]


def test_a_failing_export_reports_why_and_stops_no_other(worker, settings, rows, monkeypatch):
    def fail(*_):
        raise UserError("no such luck")

    monkeypatch.setattr(networks, "export_file", fail)
    network = networks.SavedNetwork("net", {}, "", "1234", 0, None)
    with tqdm(disable=True) as progress:
        found = measure([*rows, Row("net", "openvino", "float32", SIZE)], {"net": network}, settings, progress, "numpy")
    assert [columns.get("error") for columns in found.values()] == [None, None, None, "no such luck"]


def test_with_little_memory_fewer_rows_take_turns(worker, settings, rows, monkeypatch):
    monkeypatch.setattr(measuring, "available", lambda: 0)
    found = measured(rows, settings)
    assert worker.most_alive == 1
    assert [found[name]["turn"] for name in ("keras", "onnx", "tflite")] == [1, 1, 2]


def test_a_row_that_needs_a_missing_gpu_is_not_exported(worker, settings, monkeypatch):
    monkeypatch.setattr(measuring, "missing_gpu", lambda: "the NVIDIA driver sees no GPU")
    found = measured([Row("net", "tensorrt", "float32", SIZE)], settings)
    assert found["tensorrt"]["error"] == "the NVIDIA driver sees no GPU"
    assert not settings.files.exists()


@pytest.mark.parametrize(
    "alpha, message", [(np.zeros((1, 8, 9, 1)), r"the shape \(1, 8, 9, 1\)"), (np.full((1, 8, 8, 1), np.nan), "finite")]
)
def test_an_impossible_alpha_is_an_error(alpha, message):
    with pytest.raises(UserError, match=message):
        difference(alpha, np.zeros((1, 8, 8, 1)))


def test_the_rate_of_matrix_products_is_plausible(worker, settings):
    rates = matmul_rates(settings)
    assert set(rates) == {"numpy", "tensorflow"}
    assert all(1e6 < rate < 1e14 for rate in rates.values())
