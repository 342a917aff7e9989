"""The runs of one row in all rounds, and the columns that they give."""

from typing import Any

import numpy as np

from hop_tf.benchmarks.latency.report.statistics import is_precise, median_interval, summary
from hop_tf.benchmarks.latency.worker import running

VARIES = 0.15  # coefficient of variation
CPU_LIMITS = 0.8  # share of the time on a GPU that the CPU needs to launch it: trtexec's bound
Columns = dict[str, Any]


class Rounds:
    """What a row has run so far."""

    def __init__(self) -> None:
        self._phases: dict[str, list[float]] = {}
        self._seconds = 0.0
        self._products: list[tuple[float, float]] = []  # median of a round, and the matrix product in it

    def add(self, phases: dict[str, list[float]], seconds: float, product: float | None) -> None:
        """Add a round.

        Args:
            phases: from `running.run`: milliseconds of each run, by phase.
            seconds: what all took on the clock.
            product: milliseconds of the matrix product in this round; `None` if it failed.
        """
        for name, times in phases.items():
            self._phases.setdefault(name, []).extend(times)
        self._seconds += seconds
        if product:
            self._products.append((float(np.median(phases["total"])), product))

    def is_finished(self, max_seconds: float) -> bool:
        """Return whether the median is precise or the time is over."""
        return self._seconds >= max_seconds or is_precise(self._phases["total"])

    def columns(self, batch: int, multiply_adds: int | None) -> Columns:
        """Return the columns of a row that come from its runs, of `batch` photos and that many multiply-adds each."""
        phases = {name: summary(times) for name, times in self._phases.items()}
        total, runs = phases.pop("total"), len(self._phases["total"])
        rates = {"photos_per_s": runs / self._seconds, "photos_per_latency": 1e3 / total["median_ms"]}
        columns = total | {name: round(batch * rate, 4) for name, rate in rates.items()}
        columns |= {"runs": runs, "phases": phases or None, "multiply_adds": multiply_adds}
        return columns | (self._limit(multiply_adds) if multiply_adds and self._products else {})

    def _limit(self, multiply_adds: int) -> Columns:
        """Return the time that the multiply-adds take at the rate of the products of the same rounds, and the ratio.

        The ratio is the median of the ratios of single rounds, so other load on the machine affects it little.
        """
        product, work = np.median([ms for _, ms in self._products]), multiply_adds / running.MATMUL**3
        ratios = [ms / (product * work) for ms, product in self._products]
        low, high = median_interval(ratios) or (None, None)
        times = {"": np.median(ratios), "_low": low, "_high": high}
        return {
            "matmul_gflops": round(2e-6 * running.MATMUL**3 / float(product), 1),
            "limit_ms": round(float(product * work), 3),
            **{f"times_limit{end}": x if x is None else round(float(x), 4) for end, x in times.items()},
        }


def warning(columns: Columns) -> str | None:
    """Return why a row is doubtful, in words."""
    found = [] if columns.get("settled") else ["did not settle before measuring"]
    if columns["variation"] > VARIES:
        found.append(f"its latency varies by {columns['variation']:.0%}: measure on a quieter machine")
    if columns["phases"] and columns["phases"]["enqueue"]["median_ms"] > CPU_LIMITS * columns["median_ms"]:
        found.append("the CPU limits it: launching takes as long as computing")
    return "; ".join(found) or None
