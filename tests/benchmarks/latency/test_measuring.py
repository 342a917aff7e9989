import dataclasses
import hashlib
import itertools

import numpy as np
import pytest
from PIL import Image

from helpers.small_onnx import small_onnx
from helpers.workers import WorkerInThisProcess
from hop_tf.benchmarks.latency import measuring
from hop_tf.benchmarks.latency.measuring import ROUNDS, matmul_rates, measure
from hop_tf.benchmarks.latency.progress import Progress
from hop_tf.benchmarks.latency.rows import Row, Settings, with_references
from hop_tf.benchmarks.latency.worker import networks, running, scoring
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
    return Settings(work=tmp_path, files=tmp_path / "files", seconds=0, max_seconds=0)


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Keras, the reference, whose alpha is 0.5 everywhere, and an ONNX file as two rows."""

    def constant(row, saved):
        return lambda image, trimap: np.full(trimap.shape, 0.5, np.float32), np.float32, "cpu", {}

    monkeypatch.setattr(running, "_load_keras", constant)
    path = small_onnx(tmp_path / "net.onnx", SIZE)
    monkeypatch.setattr(running, "load", lambda path, *_: load(path, "onnx", "cpu"))
    monkeypatch.setattr(networks, "DRAWN", 2)
    return with_references([Row("net", format, "", SIZE, path=path) for format in ("onnx", "tflite")])


def measured(rows, settings, known=None):
    network = networks.SavedNetwork(
        "net", {}, "", "12345678", 0, None, multiply_adds={"64x64": {"convolutions": 64**3}}
    )
    found = measure(
        rows, {"net": network}, settings, Progress(ROUNDS * len(rows)), "numpy", {} if known is None else known
    )
    return {row.format: columns for row, columns in found.items()}


def test_rows_of_a_size_take_turns(worker, settings, rows):
    found = measured(rows, settings)
    assert worker.most_alive == 2 and worker.alive == 0  # the reference has ended
    assert "median_ms" not in found["keras"]
    for format in ("onnx", "tflite"):
        assert 6 <= found[format]["runs"] <= ROUNDS and found[format]["turn"] == 1 and found[format]["median_ms"] > 0
    assert found["onnx"]["matmul_gflops"] > 0
    assert found["onnx"]["limit_ms"] == pytest.approx(2e-6 * 64**3 / found["onnx"]["matmul_gflops"], rel=0.2, abs=1e-3)
    assert found["onnx"]["times_limit_low"] <= found["onnx"]["times_limit"] <= found["onnx"]["times_limit_high"]


def test_rows_are_compared_with_keras_on_the_same_pictures(worker, settings, rows):
    found = measured(rows, settings)["onnx"]
    pictures = np.load(settings.pictures)
    network, pairs = load(rows[1].path, "onnx", "cpu"), zip(pictures["photos"], pictures["trimaps"], strict=True)
    error = np.abs(np.concatenate([network(photo[None], trimap[None, ..., None]) for photo, trimap in pairs]) - 0.5)
    assert len(error) == 2
    assert found["difference_max"] == pytest.approx(error.max(), rel=0.01)
    assert found["difference_p999"] == pytest.approx(np.quantile(error, 0.999), rel=0.01)
    assert found["difference_mean"] == pytest.approx(error.mean(), rel=0.01)
    assert "sad" not in found


def test_a_test_set_scores_every_row_and_tells_which_file_it_was(worker, settings, rows, tmp_path):
    rng = np.random.default_rng(0)
    for name, kind in (("image", (80, 90, 3)), ("trimap", (80, 90)), ("alpha", (80, 90))):
        (tmp_path / "set" / name).mkdir(parents=True)
        for stem in ("a", "known"):
            array = rng.integers(0, 256, kind, np.uint8) if name != "trimap" else np.full(kind, 128, np.uint8)
            array[:] = 255 if (name, stem) == ("trimap", "known") else array
            Image.fromarray(array).save(tmp_path / "set" / name / f"{stem}.png")
    found = measured(rows, dataclasses.replace(settings, accuracy=tmp_path / "set"))
    truth = np.load(settings.pictures)["alphas"]
    assert len(truth) == 1  # the other has no unknown pixel
    assert found["keras"]["sad"] == pytest.approx(np.abs(128 - truth.astype(float)).sum() / 255 / 1000, rel=1e-3)
    assert found["onnx"]["mse"] > 0 and found["onnx"]["grad"] > 0
    assert found["onnx"]["file"] == "net.onnx" and found["onnx"]["opset"] > 10
    digest = hashlib.sha256(rows[1].path.read_bytes()).hexdigest()
    assert found["onnx"]["sha256"] == {"net.onnx": digest}


def test_a_row_runs_until_its_median_is_precise_or_its_time_is_over(worker, settings, rows, monkeypatch):
    times = {"onnx": itertools.cycle([10.0]), "tflite": itertools.cycle([5.0, 15.0])}

    def run(seconds=0.0):
        format = worker.loaded._format
        return {"total": [next(times[format]) if format in times else 1.0]}, 0.1

    monkeypatch.setattr(running, "run", run)
    found = measured(rows, dataclasses.replace(settings, max_seconds=2.95))
    assert found["onnx"]["runs"] == ROUNDS and found["tflite"]["runs"] == 30
    assert found["onnx"]["times_limit"] == found["onnx"]["times_limit_high"] == 10
    assert "varies by 50%" in found["tflite"]["warning"] and found["onnx"]["warning"] is None

    assert found["onnx"]["settled"] and not found["tflite"]["settled"]
    assert found["tflite"]["warning"].startswith("did not settle")


def test_streams_and_profiles_are_measured_on_request(worker, settings, rows):
    found = measured(rows, dataclasses.replace(settings, streams=(1, 2), profile=True))["onnx"]
    assert [x["streams"] for x in found["streams"]] == [1, 2]
    assert all(x["photos_per_s"] > 0 and x["median_ms"] > 0 for x in found["streams"])
    assert 0 < len(found["profile"]) <= 10 and found["profile"][0]["ms"] >= found["profile"][-1]["ms"]
    assert sum(x["share"] for x in found["profile"]) <= 1.001 and found["profile"][0]["kind"]


@pytest.mark.parametrize("function", [running.start, running.run, running.memory, scoring.score])
def test_a_failing_row_reports_why_and_stops_no_other(worker, settings, rows, function):
    worker.failing_format, worker.fails = "onnx", {function: "no such luck"}
    found = measured(rows, settings)
    assert found["onnx"]["error"] == "no such luck"
    assert found["tflite"]["median_ms"] > 0 and "error" not in found["tflite"]


def test_a_failing_export_reports_why_and_stops_no_other(worker, settings, rows, monkeypatch):
    def fail(*_):
        raise UserError("no such luck")

    monkeypatch.setattr(networks, "export_file", fail)
    network = networks.SavedNetwork("net", {}, "", "1234", 0, None)
    rows = [*rows, Row("net", "openvino", "float32", SIZE)]
    found = measure(rows, {"net": network}, settings, Progress(1), "numpy", {})
    assert [columns.get("error") for columns in found.values()] == [None, None, None, "no such luck"]


def test_with_little_memory_fewer_rows_take_turns(worker, settings, rows, monkeypatch):
    monkeypatch.setattr(measuring, "available", lambda: 0)
    found = measured(rows, settings)
    assert worker.most_alive == 1
    assert [found[name]["turn"] for name in ("keras", "onnx", "tflite")] == [1, 1, 2]


def test_a_row_that_takes_much_memory_at_smaller_sizes_starts_alone(worker, settings, rows, monkeypatch):
    known = {rows[2].kind: {n * n: {"memory_mb": 400.0 * n * n, "run_s": 0.1} for n in (16, 32)}}
    assert [found["turn"] for found in measured(rows, settings, known).values()] == [1, 1, 2]


def test_a_row_that_is_slow_at_a_smaller_size_is_given_up(worker, settings, rows):
    known = {rows[2].kind: {32 * 32: {"memory_mb": 1.0, "run_s": 20.0}}}
    found = measured(rows, settings, known)
    reason = "a run is expected to take longer than --max-run-seconds 60, judging by a smaller size"
    assert found["tflite"]["error"] == reason and "error" not in found["onnx"]


def test_a_row_whose_first_run_is_very_slow_is_given_up_and_starts_at_no_larger_size(worker, settings, rows):
    known, settings = {}, dataclasses.replace(settings, max_run_seconds=1e-9)
    found = measured(rows, settings, known)
    assert found["onnx"]["error"] == "one run takes longer than --max-run-seconds 1e-09"
    assert "error" not in found["keras"]
    worker.failing_format, worker.fails = "onnx", {running.start: "started"}
    larger = measured([dataclasses.replace(row, size=(96, 64)) for row in rows], settings, known)
    assert larger["onnx"]["error"].startswith("a run is expected to take longer")


def test_a_row_whose_later_runs_are_slow_is_given_up_after_one_of_them(worker, settings, rows, monkeypatch):
    formats = []

    def run(seconds=0.0):
        formats.append(worker.loaded._format)
        return {"total": [61e3 if formats[-1] == "onnx" else 1.0]}, 0.1

    monkeypatch.setattr(running, "run", run)
    known = {}
    found = measured(rows, settings, known)
    assert found["onnx"]["error"] == "one run takes longer than --max-run-seconds 60"
    assert formats.count("onnx") == 1 and found["tflite"]["median_ms"] == 1
    larger = measured([dataclasses.replace(row, size=(64, 65)) for row in rows[:2]], settings, known)
    assert larger["onnx"]["error"].startswith("a run is expected to take longer")


def test_a_row_that_needs_a_missing_gpu_is_not_exported(worker, settings, monkeypatch):
    monkeypatch.setattr(measuring, "missing_gpu", lambda: "the NVIDIA driver sees no GPU")
    found = measured([Row("net", "tensorrt", "float32", SIZE)], settings)
    assert found["tensorrt"]["error"] == "the NVIDIA driver sees no GPU"
    assert not settings.files.exists()


@pytest.mark.parametrize("alpha, reason", [(np.zeros((1, 8, 9, 1)), "has the shape (8, 9, 1)"), (np.nan, "finite")])
def test_an_impossible_alpha_is_an_error(worker, settings, rows, monkeypatch, alpha, reason):
    def network(image, trimap):
        return np.broadcast_to(np.float32(alpha), trimap.shape if np.ndim(alpha) == 0 else alpha.shape)

    network.input_dtype, network.device = np.float32, "cpu"
    monkeypatch.setattr(running, "load", lambda *_: network)
    found = measured([row for row in rows if row.format != "onnx"], settings)
    assert reason in found["tflite"]["error"]


def test_the_rate_of_matrix_products_is_plausible(worker, settings):
    rates = matmul_rates(settings)
    assert set(rates) == {"numpy", "tensorflow"}
    assert all(1e6 < rate < 1e14 for rate in rates.values())
