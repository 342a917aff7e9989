import json

import pytest

from helpers.goldens import ROOT
from hop_tf.benchmarks.latency.rows import COLUMNS
from hop_tf.cli.app import main

MACHINE = {"cpu": "A", "processors": 2, "gpu": "none", "driver": ""}


@pytest.fixture
def written(tmp_path):
    """A function that writes a report.json with the given medians, None for a row that does not run."""

    def write(name, cpu="A", **medians):
        rows = []
        for format, median in medians.items():
            columns = {"network": "net", "format": format, "precision": "float32", "height": 8, "width": 8, "batch": 1}
            columns |= {"shapes": "fixed", "median_ms": median, "error": None if median else "no package"}
            rows.append({column: columns.get(column) for column in COLUMNS})
        path = tmp_path / name
        path.write_text(json.dumps({"schema": 1, "machine": {**MACHINE, "cpu": cpu}, "rows": rows}))
        return str(path)

    return write


@pytest.mark.parametrize("threshold, code", [("1.2", 1), ("1.6", 0)])
def test_a_row_slower_than_the_threshold_fails(written, capsys, threshold, code):
    old, new = written("old", onnx=10.0, keras=10.0), written("new", onnx=15.0, keras=5.0)
    assert main(["benchmark", "--compare", old, new, "--threshold", threshold]) == code
    lines = capsys.readouterr().out.splitlines()
    assert "net onnx float32 8x8" in lines[0] and "x 1.50" in lines[0] and ("too slow" in lines[0]) == bool(code)
    assert "x 0.50" in lines[1] and "too slow" not in lines[1]
    assert lines[2].startswith(f"{code} of 2 rows")


@pytest.mark.parametrize(
    "medians, reason", [({"onnx": None}, "ms  no longer runs: no package"), ({}, "ms  not in the new report")]
)
def test_a_row_without_a_new_time_fails(written, capsys, medians, reason):
    old, new = written("old", onnx=10.0, keras=10.0), written("new", keras=10.0, **medians)
    assert main(["benchmark", "--compare", old, new]) == 1
    assert reason in capsys.readouterr().out


def test_a_new_row_is_not_a_failure_and_another_machine_is_reported(written, capsys):
    old, new = written("old", keras=10.0, onnx=None), written("new", cpu="B", keras=10.0, onnx=99.0)
    assert main(["benchmark", "--compare", old, new]) == 0
    out = capsys.readouterr().out
    assert "not the same machine: cpu: A before, B now" in out and "new" in out and "99.00 ms" in out


@pytest.mark.parametrize("name", ["hop_9x9", "hop_s_9x9"])
def test_published_reports_can_be_compared(capsys, name):
    report = str(ROOT / f"benchmarks/results/{name}/report.json")
    assert main(["benchmark", "--compare", report, report]) == 0
    assert "x 1.00" in capsys.readouterr().out
