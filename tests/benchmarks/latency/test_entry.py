import dataclasses
from pathlib import Path

import pytest

from hop_tf.benchmarks.latency.entry import Entry
from hop_tf.benchmarks.latency.rows import Row
from hop_tf.benchmarks.latency.worker.networks import SavedNetwork

ROW = Row("net", "onnx", "", (64, 64), path=Path("a.onnx"))


def entry(**changes):
    return Entry(dataclasses.replace(ROW, **changes), SavedNetwork("net", {}, "", "1234", 0, None))


@pytest.mark.parametrize("changes, seconds", [({}, 80.0), ({"path": Path("b.onnx")}, 0.0), ({"dynamic": True}, 0.0)])
def test_only_runs_of_the_same_file_predict_time(changes, seconds):
    known = {ROW.kind: {32 * 32: {"memory_mb": 1.0, "run_s": 20.0}}}
    assert entry(**changes).expected_seconds(known) == pytest.approx(seconds)
