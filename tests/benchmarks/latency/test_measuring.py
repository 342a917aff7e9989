import numpy as np
import pytest

from hop_tf.benchmarks.latency import measuring
from hop_tf.benchmarks.latency.measuring import ROUNDS, Settings, measure
from hop_tf.benchmarks.latency.rows import Row, with_references
from hop_tf.benchmarks.latency.worker.matmul import matmul_rates
from hop_tf.export.errors import ExportError

SIZE = (64, 64)
ROWS = with_references([Row("net", name, "float32", SIZE) for name in ("keras", "onnx", "openvino")])


class Progress:
    steps = 0

    def doing(self, text):
        pass

    def done(self, steps):
        self.steps += steps


class FakeChildren:
    """Children that answer at once, and write down who ran. `fails` maps (format, question) to the reason."""

    def __init__(self, fails=None):
        self.fails, self.ran, self.alive, self.most_alive = fails or {}, [], 0, 0

    def __call__(self):
        return FakeChild(self)


class FakeChild:
    def __init__(self, family):
        self.family, self.format, self.closed = family, "", False

    def ask(self, what, **arguments):
        if what == "load":
            self.format = arguments["format"]
            self.family.alive += 1
            self.family.most_alive = max(self.family.most_alive, self.family.alive)
        if what == "export" and (reason := self.family.fails.get((arguments["format"], what))):
            raise ExportError(reason)
        if reason := self.family.fails.get((self.format, what)):
            raise ExportError(reason)
        if what == "export":
            path = measuring.Path(arguments["path"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"1234")
        if what == "first_run":
            np.save(arguments["alpha"], np.float32([{"keras": 0.5}.get(self.format, 0.75), 0.5]))
            return {"first_run_s": 1.0}
        if what == "run":
            self.family.ran.append(self.format or "matmul")
            return {"total": [2.0]}
        return {"load": {"device": "cpu"}, "memory": {"memory_mb": 100.0}}.get(what, {})

    def is_alive(self):
        return True

    def close(self):
        self.family.alive -= bool(self.format) and not self.closed
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "PAUSE", 0)
    monkeypatch.setattr(measuring, "available", lambda: 10**12)
    network = {"name": "net", "fingerprint": "0"}
    return Settings(work=tmp_path, files=tmp_path / "files", networks={"net": network})


def measured(rows, settings, children):
    progress = Progress()
    found = {row.format: columns for row, columns in measure(rows, settings, progress, children).items()}
    assert progress.steps == measuring.STEPS * len(rows)
    assert children.alive == 0
    return found


def test_rows_of_a_size_take_turns_back_and_forth(settings):
    children = FakeChildren()
    found = measured(ROWS, settings, children)
    there, back = ["keras", "onnx", "openvino"], ["openvino", "onnx", "keras"]
    rounds = ["matmul", *there, "matmul", *back] * (ROUNDS // 2)
    assert children.ran == there + rounds  # warming up, then rounds
    assert {columns["matmul_gflops"] for columns in found.values()} == {round(2e-6 * 4096**3 / 2, 1)}
    assert {columns["runs"] for columns in found.values()} == {ROUNDS}
    assert {columns["turn"] for columns in found.values()} == {1}


def test_alpha_is_compared_with_keras_in_float32(settings):
    found = measured(ROWS, settings, FakeChildren())
    assert (found["onnx"]["difference_max"], found["onnx"]["difference_mean"]) == (0.25, 0.125)
    assert "difference_max" not in found["keras"]
    assert found["onnx"]["file_mb"] == pytest.approx(0.0, abs=0.01) and found["onnx"]["file"] == "onnx_float32.onnx"


@pytest.mark.parametrize("question", ["export", "load", "first_run", "run", "memory"])
def test_a_row_that_fails_says_why_and_stops_no_other(settings, question):
    found = measured(ROWS, settings, FakeChildren({("onnx", question): "no such luck"}))
    assert found["onnx"]["error"] == "no such luck" and "median_ms" not in found["onnx"]
    assert found["openvino"]["median_ms"] == 2.0 and "error" not in found["openvino"]


def test_where_memory_is_short_fewer_rows_take_turns(settings, monkeypatch):
    monkeypatch.setattr(measuring, "available", lambda: 10**8)  # as much as one row needs, with no room to spare
    children = FakeChildren()
    found = measured(ROWS, settings, children)
    assert children.most_alive == 1
    assert [found[name]["turn"] for name in ("keras", "onnx", "openvino")] == [1, 2, 3]


def test_a_row_for_a_gpu_is_not_exported_where_there_is_none(settings, monkeypatch):
    monkeypatch.setattr(measuring, "missing_gpu", lambda: "the NVIDIA driver sees no GPU")
    found = measured([*ROWS, Row("net", "tensorrt", "float32", SIZE)], settings, FakeChildren())
    assert found["tensorrt"]["error"] == "the NVIDIA driver sees no GPU"
    assert not list(settings.files.rglob("*.engine"))


def test_the_reference_alone_runs_once_and_is_not_timed(settings):
    children = FakeChildren()
    found = measured(with_references([Row("net", "onnx", "float32", SIZE)]), settings, children)
    assert "keras" not in children.ran and "median_ms" not in found["keras"]
    assert found["onnx"]["difference_max"] == 0.25


def test_the_rate_of_matrix_products_is_that_of_the_fastest_run(settings):
    class Multiplying(FakeChild):
        times = iter(range(1, 1000))

        def ask(self, what, **arguments):
            self.format = arguments.get("library", self.format)
            return {"total": [{"numpy": 4.0, "tensorflow": 2.0}[self.format] * next(self.times)]}

    rates = matmul_rates(settings, Progress(), lambda: Multiplying(FakeChildren()))
    assert rates == {"numpy": 4096**3 / (4e-3 * 5), "tensorflow": 4096**3 / (2e-3 * 6)}  # after four that are not timed
