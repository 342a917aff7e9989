import json
import re

import pytest

from helpers.report import report, row
from helpers.small_onnx import small_onnx
from helpers.workers import WorkerInThisProcess
from hop_tf import HOPMatting
from hop_tf.benchmarks.latency import machine, measuring
from hop_tf.benchmarks.latency.report import document, writing
from hop_tf.benchmarks.latency.worker import networks, running
from hop_tf.cli.app import main


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--sizes", "512"], "expected HEIGHTxWIDTH"),
        (["--batches", "0"], "expected a whole number from 1 on"),
        (["--seconds", "-1"], "expected a positive number"),
        (["--windows", "4"], "expected an odd window size"),
        (["--formats", "caffe"], "invalid choice: 'caffe'"),
        (["--compare", "a.json", "b.json"], "a.json: cannot be read"),
        (["none.onnx"], "none.onnx: no such file"),
        (["some.txt"], "some.txt: expected a .onnx or .tflite or .engine file, or the folder of"),
        (["."], ".: expected a .onnx or .tflite or .engine file, or the folder of"),
        (["--weights", "none.weights.h5"], "none.weights.h5: no such file"),
        (["-o", "some.txt"], "some.txt: is a file; expected a folder to write to"),
        (["--render", "none.json"], "none.json: cannot be read"),
    ],
)
def test_wrong_arguments_are_one_line(tmp_path, monkeypatch, capsys, argv, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.txt").touch()
    assert main(["benchmark", *argv]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


@pytest.fixture(scope="module")
def model():
    return HOPMatting(width=0.25, local_hops=0, global_hop=False)


@pytest.fixture
def small(tmp_path, monkeypatch, model):
    """The command without processes, on a small network and matrices of 64 x 64, and a file of another network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(measuring, "Worker", WorkerInThisProcess)
    monkeypatch.setattr(machine, "wait_until_idle", lambda say, patience: [])
    monkeypatch.setattr(networks, "DRAWN", 1)
    for module in (running, document):
        monkeypatch.setattr(module, "MATMUL", 64)
    counts = {"convolutions": 10**9, "matrix_products": 10**8}
    monkeypatch.setattr(networks, "multiply_adds", lambda network, size: counts)
    monkeypatch.setattr("hop_tf.models.loading.load_network", lambda source, preset: model)
    small_onnx(tmp_path / "mine.onnx", (64, 64))
    return ["mine.onnx", "--seconds", "0.01", "--max-seconds", "0.01"]


def test_keras_and_a_file_of_the_user_are_measured(capsys, small):
    argv = [*small, "--formats", "keras", "tensorrt", "--precisions", "float32", "--sizes", "64x64", "-o", "report"]
    assert main(["benchmark", *argv]) == 0
    with open("report/report.json") as file:
        found = json.load(file)
    assert found["command"].startswith("hop-tf benchmark mine.onnx --seconds 0.01")
    keras, mine, engine = (
        next(row for row in found["rows"] if row["format"] == format) for format in ("keras", "onnx", "tensorrt")
    )
    assert len(found["rows"]) == 3
    assert keras["runs"] >= 6 and keras["median_ms"] > 0
    assert keras["limit_ms"] == pytest.approx(2.2e3 / keras["matmul_gflops"], rel=0.05)
    assert mine["file"] == "mine.onnx" and mine["difference_max"] > 0.01
    assert engine["error"] and engine["median_ms"] is None
    out, err = capsys.readouterr()
    assert "mine.onnx (onnx)" in out and "wrote report" in out
    steps = [line.split(" s  ")[1] for line in err.splitlines()]  # of a command without a terminal
    assert steps[:2] == ["reading the networks", "multiplying matrices"] and "mine.onnx 64x64: starting" in steps
    assert re.fullmatch("[0-9a-f]{64}", found["networks"][0]["weights"]["hop_s_9x9.weights.h5"])


def test_a_report_is_written_again_without_measuring(tmp_path, capsys):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    writing.write(report([row("net", "keras", "float32", 200.0), row("net", "onnx", "float32", 100.0)]), old)
    assert main(["benchmark", "--render", str(old / "report.json"), "-o", str(new)]) == 0
    assert {path.name: path.read_bytes() for path in new.iterdir()} == {
        path.name: path.read_bytes() for path in old.iterdir()
    }
    assert "onnx float32" in capsys.readouterr().out


def test_an_older_report_is_refused_in_one_line(tmp_path, capsys):
    older = report([row("net", "keras", "float32", 200.0)]) | {"schema": 2, "pictures": {"test_set": None, "count": 4}}
    path = tmp_path / "report.json"
    path.write_text(json.dumps(older))
    for argv in (["--render", path, "-o", tmp_path / "new"], ["--compare", path, path]):
        assert main(["benchmark", *map(str, argv)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and f"{path}: has the schema 2, of another version; this one reads 3" in error


def test_a_busy_machine_is_refused(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "wait_until_idle", lambda say, patience: ["other processes use 50%"])
    assert main(["benchmark", "-o", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "the machine is busy: other processes use 50%" in error and "--busy" in error


def test_a_combination_without_rows_is_refused(capsys, small):
    assert main(["benchmark", "--formats", "tflite", "--precisions", "bfloat16"]) == 2
    assert "no format of tflite has a precision of bfloat16" in capsys.readouterr().err


def test_nothing_measured_is_a_failure_with_a_report_which_marks_a_busy_machine(monkeypatch, capsys, small):
    def fail(*_):
        raise ValueError("no luck\nat all")

    monkeypatch.setattr(running, "start", fail)
    monkeypatch.setattr(machine, "wait_until_idle", lambda say, patience: ["other processes use 50%"])
    assert main(["benchmark", *small, "--busy"]) == 3
    assert "no row could be measured" in capsys.readouterr().err
    with open("build/benchmark/report.json") as file:
        found = json.load(file)
    assert [row["error"] for row in found["rows"]] == ["ValueError: no luck"]
    assert found["busy"][0] == "other processes use 50%"


@pytest.mark.slow
def test_a_report_of_real_processes(tmp_path):
    argv = ["--formats", "keras", "onnx", "--precisions", "float32", "--sizes", "64x64", "--windows", "1"]
    assert main(["benchmark", *argv, "--busy", "--seconds", "0.1", "-o", str(tmp_path)]) == 0
    found = document.read_document(tmp_path / "report.json")
    assert [row["error"] for row in found["rows"]] == [None] * 6
    assert {row["network"] for row in found["rows"]} == {"hop_s_9x9", "without_hop", "window_1x1"}
    assert all(row["difference_max"] < 1e-4 for row in found["rows"] if row["format"] == "onnx")
