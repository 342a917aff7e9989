import json

import pytest

from hop_tf.benchmarks.gpu import runner
from hop_tf.benchmarks.gpu.parts import PARTS, Part
from hop_tf.benchmarks.gpu.pieces import write_pieces
from hop_tf.errors import UserError

PRINT = "tests/helpers/print_rows.py"


@pytest.fixture
def results(monkeypatch, tmp_path):
    """A function that runs parts and returns the exit code and the results by name."""

    def run(*parts, options=("--cpu",)):
        monkeypatch.setattr(runner, "PARTS", parts)
        code = runner.main([*options, "-o", str(tmp_path / "out")])
        lines = (tmp_path / "out/results.jsonl").read_text().splitlines()
        return code, {result["part"]: result for result in map(json.loads, lines)}

    return run


def test_a_part_that_fails_or_takes_too_long_stops_no_other(results, tmp_path):
    parts = [
        Part("fails", 60, "", f"{PRINT} last-words 3"),
        Part("hangs", 2, "", f"{PRINT} row sleep"),
        Part("runs", 60, "", f"{PRINT} row words"),
        Part("gpu", 60, "-m benchmarks"),
        Part("pack", 60, "{pack}", "{pack}"),
        Part("rest", 0, "", PRINT),
    ]
    code, found = results(*parts)
    assert code == 1
    assert {name: result["ended"] for name, result in found.items()} == {
        "fails": "failed: exit code 3",
        "hangs": "stopped: at its limit of 2 s",
        "runs": "ok",
        "gpu": "skipped: needs a GPU",
        "pack": "skipped: needs a pack",
    }
    assert found["fails"]["said"] == ["last words"]
    assert found["hangs"]["rows"] == found["runs"]["rows"] == [{"row": "a", "ms": 1.5}]
    summary = (tmp_path / "out/summary.md").read_text()
    assert "| hangs | stopped: at its limit of 2 s |" in summary and "| row | ms |\n|---|---|\n| a | 1.5 |" in summary


def test_the_last_parts_wait_for_another_run_if_no_time_is_left(results):
    parts = Part("first", 60, "", f"{PRINT} row"), Part("second", 60, "", f"{PRINT} row")
    code, found = results(*parts, options=["--cpu", "--minutes", "0.001"])
    assert code == 0
    assert [result["ended"] for result in found.values()] == ["skipped: no time left"] * 2


def test_rows_are_given_in_units_of_the_roofline():
    roofline = {"part": "roofline", "rows": [{"precision": "float16", "tera_operations_per_s": 500}]}
    rows = [
        {"precision": "float16", "tera_operations": 1.0, "compute_ms": 5.0, "median_ms": 9.0},
        {"precision": "float16", "tera_operations": 1.0, "median_ms": 9.0},
        {"precision": "int8", "tera_operations": 1.0, "median_ms": 9.0},
        {"precision": "float16", "error": "no"},
    ]
    found = runner.in_units_of_roofline([roofline, {"part": "latency", "rows": rows}])
    assert [row.get("times_limit") for row in found[1]["rows"]] == [2.5, 4.5, None, None]


def test_weights_are_trained_on_the_data_in_the_pack(tmp_path):
    part = Part("weights", 0, "train.py", on_training_data="--set data.foregrounds={pack}/training/foregrounds")
    assert part.arguments(False, tmp_path, tmp_path) == ["train.py"]
    (tmp_path / "training").mkdir()
    data = f"data.foregrounds={tmp_path}/training/foregrounds"
    assert part.arguments(False, tmp_path, tmp_path) == ["train.py", "--set", data]


def test_pieces_are_unpacked_before_the_parts_run(results, tmp_path):
    (tmp_path / "pack.json").write_text("[]")
    write_pieces([(tmp_path / "pack.json", "pack.json")], tmp_path)
    code, found = results(
        Part("reads", 60, "{pack}", f"{PRINT} {{pack}}/pack.json"), options=["--cpu", "--pack", str(tmp_path)]
    )
    assert code == 0 and found["reads"]["said"] == ["[]"]
    with pytest.raises(UserError, match="no pack; expected what"):
        runner.main(["--cpu", "--pack", str(tmp_path / "none"), "-o", str(tmp_path / "out")])


def test_the_parts_fit_into_eight_minutes_and_most_run_without_a_gpu():
    assert sum(part.limit for part in PARTS) <= 8 * 60
    assert [part.name for part in PARTS if not part.cpu] == ["weights"]
