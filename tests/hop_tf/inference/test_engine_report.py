import dataclasses
import json
from pathlib import Path

import pytest

from helpers.engine_report import small_report
from hop_tf.inference.engine_report import EngineReport, report_path


@pytest.mark.parametrize(
    "changes",
    [{}, {"compute_capabilities": ("8.6", "8.9"), "formats": None, "timing_cache": None}],
    ids=["read back", "built ahead of time"],
)
def test_a_report_is_read_as_it_was_written(tmp_path, changes):
    report, engine = dataclasses.replace(small_report(), **changes), tmp_path / "hop.engine"
    report_path(engine).write_text(report.to_json())
    assert EngineReport.read(engine) == report


def test_the_file_has_plain_keys_and_no_profile_for_outputs():
    fields = json.loads(small_report().to_json())
    assert list(fields)[:5] == ["engine", "bytes", "sha256", "onnx", "backend"]
    assert fields["layers"] == {"network": 9, "engine": 7, "fused": None} and fields["weights"] == {
        "elements": 39744,
        "bytes": 158976,
    }
    assert fields["inputs"][0] | {"min": None} == {
        "name": "image",
        "dtype": "float32",
        "shape": [-1, 64, 96, 3],
        "min": None,
        "opt": [1, 64, 96, 3],
        "max": [8, 64, 96, 3],
    }
    assert fields["outputs"] == [{"name": "alpha", "dtype": "float32", "shape": [-1, 64, 96, 1]}]


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"engine": "hop.engine"}'])
def test_a_damaged_report_is_a_value_error(text):
    with pytest.raises(ValueError, match="^Not the report of an engine. Received: "):
        EngineReport.from_json(text)


def test_the_report_lies_beside_the_engine():
    assert report_path("a/hop.plan") == Path("a/hop.plan.json")
