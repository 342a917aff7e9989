import json

import pytest

from hop_tf.benchmarks.gpu import latency

ENTRIES = [("large", "float16", 9), ("small", "float16", 1), ("large", "int8", 9), ("small", "int8", 1)]


@pytest.fixture
def pack(tmp_path):
    """A pack of two networks in two precisions, of a third only the entry."""
    entries = [{"network": n, "precision": p, "multiply_adds": m, "onnx": f"{n}_{p}"} for n, p, m in ENTRIES]
    for entry in entries:
        (tmp_path / entry["onnx"]).touch()
    missing = {"network": "missing", "precision": "float16", "multiply_adds": 0, "onnx": "missing"}
    (tmp_path / "pack.json").write_text(json.dumps([missing, *entries]))
    return tmp_path


@pytest.mark.parametrize(
    "no_gpu, only_engines, expected",
    [
        ("", False, ["large float16", "small float16", "large int8", "small int8"]),
        ("", True, ["large float16", "large int8"]),
        ("no driver", False, ["small float16", "small int8"]),
        ("no driver", True, ["small float16", "small int8"]),
    ],
)
def test_only_the_smallest_networks_run_without_a_gpu(pack, monkeypatch, no_gpu, only_engines, expected):
    monkeypatch.setattr(latency, "missing_gpu", lambda: no_gpu)
    found = latency.measured(pack, only_engines)
    assert [f"{entry['network']} {entry['precision']}" for entry in found] == expected
