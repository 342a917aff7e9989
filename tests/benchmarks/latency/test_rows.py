from pathlib import Path

from hop_tf.benchmarks.latency.rows import Row, plan, plan_file, with_references

SMALL, LARGE = (64, 64), (64, 96)


def test_only_precisions_that_a_format_has_are_rows():
    rows = plan("net", ["saved_model", "openvino"], ["bfloat16", "float32"], [SMALL], [1, 2])
    assert [(row.format, row.precision, row.batch) for row in rows] == [
        ("saved_model", "float32", 1),
        ("openvino", "bfloat16", 1),
        ("openvino", "float32", 1),
        ("saved_model", "float32", 2),
        ("openvino", "bfloat16", 2),
        ("openvino", "float32", 2),
    ]


def test_int8_files_for_large_photos_take_any_size():
    rows = plan("net", ["openvino"], ["float32", "int8"], [(512, 512), (512, 768)], [1])
    assert [(row.precision, row.dynamic) for row in rows] == [
        ("float32", False),
        ("int8", False),
        ("float32", False),
        ("int8", True),
    ]


def test_keras_in_float32_comes_first_at_each_size_and_is_timed_only_on_request():
    rows = [*plan("net", ["onnx"], ["float32"], [LARGE, SMALL], [1]), Row("net", "keras", "float32", LARGE)]
    found = [(row.size, row.format, row.timed) for row in with_references(rows)]
    assert found == [
        (SMALL, "keras", False),
        (SMALL, "onnx", True),
        (LARGE, "keras", True),
        (LARGE, "onnx", True),
    ]


def test_a_file_runs_at_its_own_size_or_else_at_the_requested_ones():
    path = Path("hop.onnx")
    assert plan_file(path, "onnx", [2, 40, 70], "net", [SMALL, LARGE], [1]) == [
        Row("net", "onnx", "", (40, 70), 2, False, path)
    ]
    rows = plan_file(path, "onnx", [None, None, None], "net", [SMALL, LARGE], [1, 4])
    assert [(row.size, row.batch) for row in rows] == [(SMALL, 1), (SMALL, 4), (LARGE, 1), (LARGE, 4)]
    assert all(row.dynamic for row in rows)
