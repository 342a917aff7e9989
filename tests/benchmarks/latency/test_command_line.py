import json

import pytest

from helpers.small_onnx import small_onnx
from hop_tf import HOPMatting
from hop_tf.benchmarks.latency import measuring
from hop_tf.benchmarks.latency.worker import child, loading, matmul
from hop_tf.cli import benchmark as command
from hop_tf.cli.app import main
from hop_tf.export.errors import ExportError


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--sizes", "512"], "expected HEIGHTxWIDTH"),
        (["--batches", "0"], "expected a whole number from 1 on"),
        (["--seconds", "-1"], "expected a positive number"),
        (["--windows", "4"], "expected an odd side"),
        (["--formats", "caffe"], "invalid choice: 'caffe'"),
        (["--formats", "tflite", "--precisions", "bfloat16"], "no format of tflite has a precision of bfloat16"),
        (["--compare", "a.json", "b.json"], "a.json: cannot be read"),
        (["none.onnx"], "none.onnx: no such file"),
        (["some.txt"], "some.txt: expected a .onnx"),
        (["-o", "some.txt"], "some.txt: cannot be made a folder"),
    ],
)
def test_wrong_arguments_are_one_line(tmp_path, monkeypatch, capsys, argv, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "_networks", lambda *_: ([{"name": "net", "window": None}], {}))
    (tmp_path / "some.txt").touch()
    assert main(["benchmark", *argv]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


class InThisProcess:
    """A child that is none; with state of its own, as a process has."""

    def __init__(self):
        self.state = {}

    def ask(self, what, **arguments):
        loading._state = self.state
        answer = json.loads(json.dumps(child.answer(what, **json.loads(json.dumps(arguments)))))
        if "error" in answer:
            raise ExportError(answer["error"])
        return answer["answer"]

    def is_alive(self):
        return True

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The command without processes, on a small network and matrices of 64 x 64, and a file of another network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "Child", InThisProcess)
    monkeypatch.setattr(measuring.measure, "__defaults__", (InThisProcess, "numpy"))
    monkeypatch.setattr(matmul.matmul_rates, "__defaults__", (InThisProcess,))
    for module in (loading, measuring, matmul):
        monkeypatch.setattr(module, "MATMUL", 64)
    counts = {"convolutions": 10**9, "matrix_products": 10**8}
    monkeypatch.setitem(child.FUNCTIONS, "multiply_adds", lambda network, size: counts)
    model = HOPMatting(width=0.25, local_hops=0, global_hop=False)
    monkeypatch.setattr("hop_tf.cli.network_options.load_model", lambda weights, preset: model)
    small_onnx(tmp_path / "mine.onnx", (64, 64))
    return ["mine.onnx", "--seconds", "0.01", "--warm-up-ms", "1"]


def test_keras_and_a_file_of_the_user_are_measured(capsys, small):
    argv = [*small, "--formats", "keras", "tensorrt", "--precisions", "float32", "--sizes", "64x64", "-o", "report"]
    assert main(["benchmark", *argv]) == 0
    with open("report/report.json") as file:
        report = json.load(file)
    assert report["command"].startswith("hop-tf benchmark mine.onnx --seconds 0.01")
    keras, mine, engine = (
        next(row for row in report["rows"] if row["format"] == format) for format in ("keras", "onnx", "tensorrt")
    )
    assert len(report["rows"]) == 3
    assert keras["runs"] >= 10 and keras["median_ms"] > 0
    assert keras["limit_ms"] == pytest.approx(2.2e3 / keras["matmul_gflops"], rel=0.05)
    assert mine["file"] == "mine.onnx" and mine["difference_max"] > 0.01
    assert engine["error"] and engine["median_ms"] is None
    out = capsys.readouterr().out
    assert "mine.onnx (onnx)" in out and "wrote report" in out


def test_nothing_measured_is_a_failure_with_a_report(monkeypatch, capsys, small):
    def fail(**_):
        raise ValueError("no luck\nat all")

    monkeypatch.setitem(child.FUNCTIONS, "load", fail)
    assert main(["benchmark", *small]) == 3
    assert "no row could be measured" in capsys.readouterr().err
    with open("build/benchmark/report.json") as file:
        assert [row["error"] for row in json.load(file)["rows"]] == ["ValueError: no luck"]
