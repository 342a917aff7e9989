"""A small report of the latency benchmark."""

from pathlib import Path

from hop_tf.benchmarks.latency.report.document import build_document
from hop_tf.benchmarks.latency.rows import Settings
from hop_tf.benchmarks.latency.worker.networks import SavedNetwork

MACHINE = {
    "cpu": "Some CPU <1>",
    "instructions": "avx2",
    "processors": 2,
    "logical_processors": 2,
    "gpu": "none: no driver",
    "driver": "",
    "commit": "abc",
    "versions": {"keras": "3.15.1"},
}
RATES = {"numpy": 5e9, "tensorflow": 2e9}
STATE = {"load": 0.1, "mhz": 3000}


def row(network, format, precision, median, height=512, **columns):
    """Return the columns of a measured row; of one without numbers if its median is `None`."""
    times = {f"{name}_ms": median for name in ("min", "mean", "median", "median_low", "median_high", "max")}
    times |= {"runs": 20, "outliers": 1, "variation": 0.015, "p90_ms": None, "phases": None}
    measured = {"photos_per_s": 1e3 / median, "memory_mb": 300.0 * height / 512, **times} if median else {}
    key = {"network": network, "format": format, "precision": precision, "height": height, "width": 512, "batch": 1}
    key["pictures"] = 9
    return {**key, "shapes": "fixed", "device": "cpu", **measured, **columns}


def report(rows, networks=(("net", 9),), busy=(), accuracy=None):
    """Return a report of rows."""
    counts = {"512x512": {"convolutions": 900, "matrix_products": 100}}
    saved = [SavedNetwork(name, {}, "net.weights.h5", "0" * 64, 6_300_000, side, {}, counts) for name, side in networks]
    settings = Settings(work=Path(), files=Path(), accuracy=accuracy)
    facts = {"command": "hop-tf benchmark --windows", "started": "2026-01-01", "machine": MACHINE}
    return build_document(rows, saved, RATES, settings, **facts, before=STATE, after=STATE, busy=list(busy))
