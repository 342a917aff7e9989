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


@pytest.mark.parametrize("pixels, gigabytes", [(1, 1.0), (2, 1.0), (3, 3.0), (6, 9.0)])
def test_memory_follows_a_line_but_is_at_least_the_smallest_known(pixels, gigabytes):
    known = {ROW.kind: {2: {"memory_mb": 1e3}, 3: {"memory_mb": 3e3}}}  # the line is below zero at 1 pixel
    assert entry(size=(1, pixels)).expected_memory(known, 0.0) == pytest.approx(gigabytes * 1e9)
