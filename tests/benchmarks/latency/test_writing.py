import csv
import json
import re
from pathlib import Path

import jsonschema
import pytest

from helpers.report import report, row
from hop_tf.benchmarks.latency.report import writing
from hop_tf.benchmarks.latency.report.choices import choices
from hop_tf.benchmarks.latency.report.document import COLUMNS, SCHEMA, read_document
from hop_tf.benchmarks.latency.report.figures import figures
from hop_tf.benchmarks.latency.report.table import number
from hop_tf.benchmarks.latency.report.tables import tables
from hop_tf.errors import UserError

PROFILE = [{"name": "conv1", "kind": "Conv", "ms": 12.5, "share": 0.25}]
STREAMS = [
    {"streams": 1, "photos_per_s": 10.0, "median_ms": 100.0},
    {"streams": 2, "photos_per_s": 15, "median_ms": 130},
]


def full_report():
    rows = [
        row("net", "keras", "float32", 200.0, sad=5.0, memory_mb=200.0),
        row("net", "onnx", "float32", 100.0, warning="varies", sad=5.02, file_mb=27.0, difference_mean=1e-7)
        | {"difference_max": 1e-6, "streams": STREAMS, "profile": PROFILE, "times_limit": 2.0, "limit_ms": 50.0},
        row("net", "openvino", "int8", 50.0, sad=5.5, file_mb=7.0, difference_mean=1e-2, difference_max=0.5),
        row("net", "onnx", "float32", 300.0, height=1024, sad=6.0),
        row("net", "tensorrt", "float16", None, error="no driver | at all"),
        row("without_hop", "onnx", "float32", 60.0),
        row("window_1x1", "onnx", "float32", 80.0),
    ]
    networks = (("net", 9), ("without_hop", 0), ("window_1x1", 1))
    return report(rows, networks, busy=["other processes use 50%"], accuracy=Path("some/alphamatting"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("report")
    writing.write(full_report(), path)
    return path


def test_a_report_is_eight_files(folder):
    names = {f"report.{kind}" for kind in ("json", "csv", "md", "html")}
    figures = {f"{name}.svg" for name in ("latency", "memory", "accuracy")}
    assert {path.name for path in folder.iterdir()} == names | figures  # streams are not of the largest size


def test_rows_have_the_same_columns_in_json_and_csv(folder):
    document = read_document(folder / "report.json")
    with open(folder / "report.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [list(x) for x in document["rows"]] == [list(COLUMNS)] * 7
    assert [list(line) for line in lines] == [[*COLUMNS, *writing.MACHINE]] * 7
    assert [line["median_ms"] for line in lines] == ["200.0", "100.0", "50.0", "300.0", "", "60.0", "80.0"]
    assert json.loads(lines[1]["streams"]) == STREAMS and lines[0]["cpu"] == "Some CPU <1>"


def test_the_schema_is_one_and_demands_every_column():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document, validator = full_report(), jsonschema.Draft202012Validator(SCHEMA)
    assert validator.is_valid(document)
    for name in COLUMNS:
        short = {k: v for k, v in document["rows"][0].items() if k != name}
        assert not validator.is_valid({**document, "rows": [short]})


def test_one_look_tells_which_file_to_take():
    found = [
        (x["photo (height x width)"], x["take"], x["best for"], x["error (SAD)"]) for x in choices(full_report()).rows
    ]
    assert found == [
        ("512 x 512", "onnx float32", "speed on a laptop, speed on this CPU", "5.02 (+0.4%)"),
        ("1024 x 512", "onnx float32", "speed on a laptop, speed on this CPU, least memory", "6.00 (+0.0%)"),
        ("512 x 512", "openvino int8", "smallest file", "5.50 (+10.0%)"),
        ("512 x 512", "keras float32", "least memory", "5.00 (+0.0%)"),
    ]
    assert "whose SAD is at most 1 % above" in choices(full_report()).notes[0]


def test_a_laptop_gets_no_bfloat16():
    rows = [row("net", "openvino", "bfloat16", 50.0, sad=5.0), row("net", "onnx", "float32", 100.0, sad=5.0)]
    table = choices(report(rows, accuracy=Path("set")))
    assert [(x["take"], x["best for"]) for x in table.rows] == [
        ("onnx float32", "speed on a laptop"),
        ("openvino bfloat16", "speed on this CPU, least memory"),
    ]
    assert any("AMX or AVX512-BF16" in note for note in table.notes)


def test_of_files_that_may_be_as_fast_the_smallest_is_taken():
    def timed(precision, median, file_mb):
        interval = {"median_low_ms": median - 2, "median_high_ms": median + 2}
        return row("net", "openvino", precision, median, sad=5.0, file_mb=file_mb) | interval

    rows = [timed("float32", 100.0, 26.0), timed("float16", 103.0, 13.0), timed("int8", 105.0, 7.0)]
    first = choices(report(rows, accuracy=Path("set"))).rows[0]
    assert (first["take"], first["best for"]) == ("openvino float16", "speed on a laptop, speed on this CPU")


def test_without_a_test_set_the_difference_from_keras_decides():
    rows = [row("net", "keras", "float32", 200.0), row("net", "onnx", "float16", 50.0, difference_mean=2e-3)]
    rows += [row("net", "onnx", "float32", 100.0, difference_mean=1e-6, difference_max=1e-5)]
    table = choices(report(rows))
    assert (table.rows[0]["take"], table.rows[0]["difference"]) == ("onnx float32", "1e-06, max 1e-05")
    assert "at most 0.001 on average" in table.notes[0]


def test_a_choice_names_the_command_that_makes_it():
    rows = [row("hop_s_9x9", "openvino", "bfloat16", 50.0), row("net", "keras", "float32", 60.0)]
    first = choices(report(rows[:1], (("hop_s_9x9", None),))).rows[0]
    export, _, run = first["command"].partition(" && ")
    assert export == "hop-tf export openvino --size 512x512 --precision float32 -o hop_openvino"
    assert run == "hop-tf matte photo.jpg trimap.png --weights hop_openvino --precision bfloat16"
    (second,) = choices(report(rows[1:])).rows
    assert second["command"] == "hop-tf matte --runtime keras --precision float32 --preset net"


def test_fewer_pictures_at_a_large_size_are_told():
    rows = [
        row("net", "keras", "float32", 9.0, sad=5.0),
        row("net", "keras", "float32", 9.0, 4096, sad=5.0, pictures=1),
    ]
    note = choices(report(rows, accuracy=Path("set"))).notes[1]
    assert "mean over 9 pictures (1 at 4096 x 512) of set" in note


def test_one_picture_is_no_plural():
    rows = [row("net", "keras", "float32", 9.0, 512 * n, sad=5.0, pictures=1) for n in (1, 2)]
    assert "mean over 1 picture of set" in choices(report(rows, accuracy=Path("set"))).notes[1]


def test_without_keras_the_most_accurate_row_sets_the_measure():
    rows = [row("net", "tflite", "int8", 50.0, sad=6.0), row("net", "onnx", "float32", 100.0, sad=5.0)]
    first = choices(report(rows, accuracy=Path("set"))).rows[0]
    assert (first["take"], first["error (SAD)"]) == ("onnx float32", "5.00 (+0.0%)")


def test_a_missing_percentile_names_the_runs_it_needs_and_empty_columns_are_left_out():
    table = tables(report([row("net", "onnx", "float32", 100.0)]))[0]
    assert table.rows[0]["p90"] == "(64 runs)" and table.rows[0]["p99"] == "(662 runs)"
    assert "speed" not in table.header  # Keras was not measured


def test_files_for_any_size_are_told_apart():
    rows = [row("net", "onnx", "float32", 100.0), row("net", "openvino", "int8", 50.0, shapes="dynamic")]
    assert "files for any size: openvino int8; the others take only this one" in tables(report(rows))[0].notes


def test_the_share_of_attention_is_the_time_that_the_blocks_add():
    (table,) = (x for x in tables(full_report()) if x.title.startswith("Median milliseconds by window"))
    assert list(table.rows[0].values()) == ["onnx float32, 512 x 512", "60.0", "80.0 (25%)", "100 (40%)"]


def test_memory_is_a_line_over_megapixels():
    (table,) = (x for x in tables(full_report()) if x.title == "Memory")
    assert table.rows == [
        {"": "onnx float32", "GB per megapixel": "1.14", "GB fixed": "0.00", "fit into 8 GB": "7 megapixels"}
    ]


def test_the_page_needs_no_other_file_and_names_machine_versions_and_command(folder):
    page = (folder / "report.html").read_text()
    assert not re.search(r'(src|href)="(?!#)|@import|<script', page)
    assert page.count("<svg") == 3 and "#010203" not in page and "currentColor" in page
    for text in ("Some CPU &lt;1&gt;", "keras 3.15.1", "hop-tf benchmark --windows", "no driver | at all", "conv1"):
        assert text in page
    assert "The machine was busy: other processes use 50%" in page


def test_every_figure_has_its_data_behind_it(folder):
    page = (folder / "report.html").read_text()
    data = re.findall(r"<details><summary>Data</summary>(.*?)</details>", page, re.DOTALL)
    assert len(data) == 3 and all("<td" in table for table in data)
    assert "Pareto front" in data[2]
    assert "prefers-color-scheme:dark" in (folder / "latency.svg").read_text()


def test_accuracy_is_drawn_where_many_pictures_are():
    rows = [row("net", "keras", "float32", 9.0, 512 * n, sad=5.0, pictures=9 // n) for n in (1, 2)]
    assert "Accuracy against latency at 512 x 512" in figures(report(rows))["accuracy"].text


def test_a_narrow_range_of_latencies_has_enough_ticks_to_show_its_logarithmic_scale():
    rows = [row("net", "onnx", precision, ms, sad=5.0) for precision, ms in (("float32", 1400.0), ("int8", 390.0))]
    svg = figures(report(rows))["accuracy"].svg
    assert all(f">{ms}</text>" in svg for ms in (400, 500, 600, 800, 1000))


def test_markdown_shows_the_same(folder):
    text = (folder / "report.md").read_text()
    assert "| onnx float32 ! | 100 | 100 to 100 |" in text and "2.00 |" in text  # twice as fast as Keras
    assert "! onnx float32: varies" in text
    assert "- tensorrt float16 (512 x 512): no driver | at all" in text
    assert all((folder / name).is_file() for name in re.findall(r"\]\((\w+\.svg)\)", text))


def test_the_terminal_shows_every_row_in_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    rows = [row("net", "keras", "float32", 200.0), row("net", "onnx", "float32", 100.0, warning="varies")]
    writing.show(report([*rows, row("net", "tensorrt", "float16", None, error="no driver")]))
    out = capsys.readouterr().out
    assert re.search(r"onnx float32 ! +100 +2.00", out)
    assert "not run: tensorrt float16 (512 x 512): no driver" in out and max(map(len, out.splitlines())) <= 80


def test_nothing_is_cut_in_a_pipe(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    reason = "no driver, " + "and nothing else either, " * 6
    writing.show(report([row("net", "tensorrt", "float16", None, error=reason)]))
    assert reason in capsys.readouterr().out


def test_no_half_written_file_remains(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("disk full")

    (tmp_path / "report.json").write_text("old")
    monkeypatch.setattr(writing.json, "dumps", fail)
    with pytest.raises(UserError, match=r"report.json: cannot be written \(disk full\)"):
        writing.write(full_report(), tmp_path)
    assert (tmp_path / "report.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_numbers_are_kept_if_a_figure_cannot_be_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "figures", lambda document: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        writing.write(full_report(), tmp_path)
    assert len(read_document(tmp_path / "report.json")["rows"]) == 7


@pytest.mark.parametrize(
    "content, message",
    [("{}", "not a report"), ("no", "not a report"), (None, "cannot be read"), ({"schema": 1}, "has the schema 1")]
    + [({"busy": "yes"}, r"not a report.json of this command \(\$.busy")],
)
def test_a_file_that_is_not_a_report_is_refused(tmp_path, content, message):
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(json.dumps(full_report() | content) if isinstance(content, dict) else content)
    with pytest.raises(UserError, match=message):
        read_document(path)


@pytest.mark.parametrize("x, text", [(0.1234, "0.123"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1234"), (None, "")])
def test_numbers_have_three_digits(x, text):
    assert number(x) == text
