import csv
import json
import re
from pathlib import Path

import pytest

from hop_tf.benchmarks.latency.report import document as documents
from hop_tf.benchmarks.latency.report import writing
from hop_tf.benchmarks.latency.report.document import build_document, read_document
from hop_tf.benchmarks.latency.report.tables import attention_times, number, tables
from hop_tf.benchmarks.latency.rows import COLUMNS, Settings
from hop_tf.benchmarks.latency.worker.networks import SavedNetwork
from hop_tf.errors import UserError

MACHINE = {
    "cpu": "Some CPU <1>",
    "instructions": "avx2",
    "processors": 2,
    "memory_gb": 24.0,
    "gpu": "none: no driver",
    "driver": "",
    "system": "Linux 6",
    "python": "3.11.7",
    "load": 0.1,
    "commit": "abc",
    "versions": {"keras": "3.15.1"},
}
RATES = {"numpy": 5e9, "tensorflow": 2e9}


def row(network, format, precision, median, height=512, **columns):
    times = {f"{name}_ms": median for name in ("min", "mean", "median", "p90", "p95", "p99", "max")}
    measured = {"photos_per_s": 1e3 / median, "memory_mb": 300.0, "first_run_s": 1.0, **times} if median else {}
    key = {"network": network, "format": format, "precision": precision, "height": height, "width": 512, "batch": 1}
    return {**key, "shapes": "fixed", **measured, **columns}


def report():
    counts = {"convolutions": 900, "matrix_products": 100}
    networks = [
        SavedNetwork(name, {}, "net.weights.h5", "1234", 6_300_000, side, {"512x512": counts})
        for name, side in (("net", 9), ("without_hop", 0), ("window_1x1", 1))
    ]
    rows = [
        row("net", "keras", "float32", 200.0, device="cpu", matmul_gflops=0.04),
        row("net", "onnx", "float32", 100.0, warning="p99 is 3.0 times the median", difference_max=1e-6),
        row("net", "onnx", "float32", 300.0, height=1024),
        row("net", "tensorrt", "float16", None, error="no driver | at all"),
        row("without_hop", "onnx", "float32", 60.0),
        row("window_1x1", "onnx", "float32", 80.0),
    ]
    settings = Settings(work=Path(), files=Path())
    return build_document(rows, networks, RATES, MACHINE, settings, "hop-tf benchmark --windows", "2026-01-01")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("report")
    writing.write(report(), path)
    return path


def test_a_report_is_seven_files(folder):
    names = {"report.json", "report.csv", "report.md", "report.html", "latency.png", "memory.png", "attention.png"}
    assert {path.name for path in folder.iterdir()} == names


def test_rows_have_the_same_columns_in_json_and_csv(folder):
    document = read_document(folder / "report.json")
    with open(folder / "report.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [list(row) for row in document["rows"]] == [list(COLUMNS)] * 6 == [list(line) for line in lines]
    assert [line["median_ms"] for line in lines] == ["200.0", "100.0", "300.0", "", "60.0", "80.0"]


def test_the_limit_is_the_time_of_the_multiply_adds_at_the_rate_of_the_same_turn():
    document = report()
    assert document["rows"][0]["multiply_adds"] == 1000
    assert document["rows"][0]["limit_ms"] == pytest.approx(1e3 * 2 * 1000 / 0.04e9)  # 2000 operations
    assert document["rows"][0]["times_limit"] == pytest.approx(200 / 0.05)
    assert document["matmul"] == {"side": 4096, "library": "numpy", "gflops": 10, "numpy": 10, "tensorflow": 4}
    assert document["rows"][2]["limit_ms"] is None  # multiply-adds of that size are not known


def test_the_share_of_attention_is_the_time_that_the_blocks_add():
    assert attention_times(report()) == {"onnx float32": {0: 60.0, 1: 80.0, 9: 100.0}}
    assert tables(report())[-1].cells == [["onnx float32", "60.0", "80.0 (25%)", "100 (40%)"]]


def test_the_page_needs_no_other_file_and_names_machine_versions_and_command(folder):
    page = (folder / "report.html").read_text()
    assert not re.search(r'(src|href)="(?!#)|@import|<script', page)
    assert page.count("<svg") == 3
    for text in ("Some CPU &lt;1&gt;", "keras 3.15.1", "hop-tf benchmark --windows", "no driver | at all"):
        assert text in page


def test_markdown_shows_the_same(folder):
    text = (folder / "report.md").read_text()
    assert "| onnx float32 ! | 100 | 100 |" in text and "2.00 |" in text  # twice as fast as Keras
    assert "onnx float32 (p99 is 3.0 times the median)" in text
    assert "- no driver | at all: tensorrt float16 (512x512)" in text
    assert all((folder / name).is_file() for name in re.findall(r"\]\((\w+\.png)\)", text))


def test_the_terminal_shows_every_row_in_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    writing.show(report())
    out = capsys.readouterr().out
    assert re.search(r"onnx float32 ! +100 +100 +100 +2.00", out)
    assert "not run: no driver" in out and max(map(len, out.splitlines())) <= 80


def test_nothing_is_cut_in_a_pipe(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    reason = "no driver, " + "and nothing else either, " * 6
    writing.show({**report(), "rows": [{**line, "error": line["error"] and reason} for line in report()["rows"]]})
    assert reason in capsys.readouterr().out


def test_no_half_written_file_remains(tmp_path, monkeypatch):
    def fail(document, path):
        path.write_text("half")
        raise OSError("disk full")

    (tmp_path / "report.json").write_text("old")
    monkeypatch.setattr(documents, "write_json", fail)
    with pytest.raises(UserError, match=r"report.json: cannot be written \(disk full\)"):
        writing.write(report(), tmp_path)
    assert (tmp_path / "report.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_numbers_are_kept_if_a_figure_cannot_be_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "figures", lambda document: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        writing.write(report(), tmp_path)
    assert len(read_document(tmp_path / "report.json")["rows"]) == 6


@pytest.mark.parametrize(
    "content, message", [("{}", "not a report"), ("no", "not a report"), (None, "cannot be read"), ({}, "schema 2")]
)
def test_a_file_that_is_not_a_report_is_refused(tmp_path, content, message):
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(json.dumps({**report(), "schema": 2}) if content == {} else content)
    with pytest.raises(UserError, match=message):
        read_document(path)


@pytest.mark.parametrize("x, text", [(0.1234, "0.123"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1234"), (None, "")])
def test_numbers_have_three_digits(x, text):
    assert number(x) == text
