import itertools

import pytest

from helpers.goldens import ROOT
from helpers.report import report, row
from hop_tf.benchmarks.latency.report.compare import compare
from hop_tf.benchmarks.latency.report.document import read_document
from hop_tf.benchmarks.latency.report.writing import write
from hop_tf.cli.app import main

INDEX = itertools.count()


def times(middle, spread=0.01, **columns):
    ends = {"times_limit": middle, "times_limit_low": middle * (1 - spread), "times_limit_high": middle * (1 + spread)}
    return row("net", "onnx", "float32", 100 * middle, **ends, **columns)


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def written(tmp_path):
    """A function that writes a report of rows and returns its path."""

    def write_report(*rows, **machine):
        folder = tmp_path / str(next(INDEX))
        folder.mkdir()
        document = report(rows)
        write(document | {"machine": document["machine"] | machine}, folder)
        return str(folder / "report.json")

    return write_report


@pytest.mark.parametrize(
    "old, new, verdict, code",
    [
        (times(1.0), times(1.0), "not distinguishable", 0),
        (times(1.0), times(1.2), "slower", 1),
        (times(1.2), times(1.0), "faster", 0),
        (times(1.0, spread=0.2), times(1.2), "not distinguishable", 0),  # the intervals overlap
        (times(1.0, spread=0.001), times(1.03, spread=0.001), "not distinguishable", 0),  # below the threshold
        (times(1.0), row("net", "onnx", "float32", None, error="no package"), "no longer runs: no package", 1),
        (row("net", "onnx", "float32", None, error="no package"), times(1.0), "new", 0),
    ],
)
def test_intervals_decide(written, capsys, old, new, verdict, code):
    assert main(["benchmark", "--compare", written(old), written(new)]) == code
    assert f"  {verdict}\n" in capsys.readouterr().out.replace(verdict + " ", verdict)


def test_a_busier_machine_is_no_regression():
    old = report([times(1.0) | {"median_ms": 100.0}])
    new = report([times(1.0) | {"median_ms": 197.0}], busy=["other processes use 40%"])
    table = compare(old, new, 1.05)
    assert table.rows[0]["verdict"] == "not distinguishable"
    assert table.notes == ["the new report is of a busy machine: other processes use 40%"]


def test_fewer_processors_of_the_same_machine_are_slower(written, capsys):
    both, one = written(times(1.0), processors=2), written(times(1.02), processors=1)  # the product is slower too
    assert main(["benchmark", "--compare", both, one]) == 1
    assert "2 processors before, 1 now" in capsys.readouterr().out


def test_a_missing_row_fails(written, capsys):
    keras = row("net", "keras", "float32", 100.0)
    assert main(["benchmark", "--compare", written(keras, times(1.0)), written(keras)]) == 1
    assert "not in the new report" in capsys.readouterr().out


def test_a_changed_file_is_told(written, capsys):
    old, new = written(times(1.0, sha256={"a": "0" * 64})), written(times(1.0, sha256={"a": "1" * 64}))
    assert main(["benchmark", "--compare", old, new]) == 0
    assert "changed" in capsys.readouterr().out


def test_another_machine_is_refused_unless_told(written, capsys):
    old, new = written(times(1.0)), written(times(1.0), cpu="B")
    assert main(["benchmark", "--compare", old, new]) == 2
    assert "not the same machine: cpu: Some CPU <1> before, B now" in capsys.readouterr().err
    assert main(["benchmark", "--compare", old, new, "--other-machine"]) == 0


def test_a_github_job_gets_a_summary(written, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert main(["benchmark", "--compare", written(times(1.0)), written(times(2.0))]) == 1
    heading, *_, last = (tmp_path / "summary.md").read_text().split("\n")[:-2]
    assert heading.startswith("## Latency")
    assert last.startswith("| net onnx float32, 512 x 512 |") and last.endswith("| slower |")


def test_published_reports_can_be_compared():
    for path in ROOT.glob("benchmarks/results/*/report.json"):
        document = read_document(path)
        assert {x["verdict"] for x in compare(document, document, 1.05).rows} == {"not distinguishable"}
