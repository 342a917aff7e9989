"""The runs of one row in all rounds, and the columns that they give."""

import collections
from typing import Any

import numpy as np

from hop_tf.benchmarks.latency.report.statistics import is_precise, median_interval, summary
from hop_tf.benchmarks.latency.worker import running

VARIES = 0.15  # coefficient of variation
CPU_LIMITS = 0.8  # share of the time on a GPU that the CPU needs to launch it: trtexec's bound
Columns = dict[str, Any]


class Rounds:
    """The runs of a row so far."""

    def __init__(self) -> None:
        self._phases: dict[str, list[float]] = collections.defaultdict(list)
        self._seconds = 0.0
        self._products: list[tuple[float, float]] = []  # median of a round, and the matrix product in it

    def add(self, phases: dict[str, list[float]], seconds: float, product: float | None) -> None:
        """Add what `running.run` returned, and the milliseconds of the round's matrix product unless that failed."""
        for name, times in phases.items():
            self._phases[name] += times
        self._seconds += seconds
        if product:
            self._products.append((float(np.median(phases["total"])), product))

    def is_finished(self, max_seconds: float) -> bool:
        """Return whether the median is precise or the time is over."""
        return self._seconds >= max_seconds or is_precise(self._phases["total"])

    def columns(self, batch: int, multiply_adds: int | None) -> Columns:
        """Return the columns of a row that come from its runs, of `batch` photos and that many multiply-adds each."""
        phases = {name: summary(times) for name, times in self._phases.items()}
        columns, runs = phases.pop("total"), len(self._phases["total"])
        columns |= {"runs": runs, "phases": phases or None, "multiply_adds": multiply_adds}
        columns["photos_per_s"] = round(batch * runs / self._seconds, 4)
        columns["photos_per_latency"] = round(1e3 * batch / columns["median_ms"], 4)
        if multiply_adds and self._products:
            # The median of the ratios of single rounds: other load on the machine affects it little.
            product = float(np.median([ms for _, ms in self._products]))
            limit = product * multiply_adds / running.MATMUL**3
            ratios = [ms / one * product / limit for ms, one in self._products]
            interval = median_interval(ratios) or (None, None)
            for end, x in zip(("", "_low", "_high"), (np.median(ratios), *interval), strict=True):
                columns[f"times_limit{end}"] = None if x is None else round(float(x), 4)
            columns |= {"matmul_gflops": round(2e-6 * running.MATMUL**3 / product, 1), "limit_ms": round(limit, 3)}
        return columns


def warning(columns: Columns) -> str | None:
    """Return why a row is doubtful, in words."""
    found = [] if columns.get("settled") else ["did not settle before measuring"]
    if columns["variation"] > VARIES:
        found.append(f"its latency varies by {columns['variation']:.0%}: measure on a quieter machine")
    if columns["phases"] and columns["phases"]["enqueue"]["median_ms"] > CPU_LIMITS * columns["median_ms"]:
        found.append("the CPU limits it: launching takes as long as computing")
    return "; ".join(found) or None
