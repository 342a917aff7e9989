"""The runs of one row in all rounds, and the columns that they give."""

from typing import Any, NamedTuple

import numpy as np

from hop_tf.benchmarks.latency.report.statistics import is_precise, median_interval, summary
from hop_tf.benchmarks.latency.worker import running

ROUNDS = 10  # usual number of rounds; a row that has not settled by then keeps all of them
SETTLED = 0.1  # of the mean of three rounds: perf_analyzer's rule
LEAST = 6  # rounds; fewer support no interval of the median
VARIES = 0.15  # coefficient of variation
CPU_LIMITS = 0.8  # share of the time on a GPU that the CPU needs to launch it: trtexec's bound
Columns = dict[str, Any]


class Round(NamedTuple):
    """A round: the milliseconds of its runs by phase, the seconds of all, and the milliseconds of a matrix product."""

    phases: dict[str, list[float]]
    seconds: float
    product: float | None

    @property
    def median(self) -> float:
        """The median of the runs."""
        return float(np.median(self.phases["total"]))


class Rounds:
    """The rounds of a row that count: those since three in a row agreed, or all of a row that does not settle.

    Attributes:
        settled: whether the medians of three rounds in a row were within 10 % of their mean.
    """

    def __init__(self) -> None:
        self.settled = False
        self._rounds: list[Round] = []

    def add(self, phases: dict[str, list[float]], seconds: float, product: float | None) -> None:
        """Add what `running.run` returned, and the milliseconds of the round's matrix product unless that failed."""
        self._rounds.append(Round(phases, seconds, product))
        if not self.settled and 3 <= len(self._rounds) <= ROUNDS:
            medians = np.array([x.median for x in self._rounds[-3:]])
            self.settled = bool((np.abs(medians - medians.mean()) <= SETTLED * medians.mean()).all())
            self._rounds = self._rounds[-3:] if self.settled else self._rounds

    def is_finished(self, max_seconds: float) -> bool:
        """Return whether the median is precise or the time is over."""
        count, seconds = len(self._rounds), sum(x.seconds for x in self._rounds)
        if count < (LEAST if self.settled else ROUNDS):
            return False
        return seconds >= max_seconds or (count >= ROUNDS and is_precise(self._runs("total")))

    def columns(self, batch: int, multiply_adds: int | None) -> Columns:
        """Return the columns of a row that come from its runs, of `batch` photos and that many multiply-adds each."""
        phases = {name: summary(self._runs(name)) for name in self._rounds[0].phases}
        columns, runs, seconds = phases.pop("total"), len(self._runs("total")), sum(x.seconds for x in self._rounds)
        columns |= {"settled": self.settled, "runs": runs, "phases": phases or None, "multiply_adds": multiply_adds}
        columns["photos_per_s"] = round(batch * runs / seconds, 4)
        columns["photos_per_latency"] = round(1e3 * batch / columns["median_ms"], 4)
        products = [x.product for x in self._rounds if x.product]
        if multiply_adds and products:
            # The median of the ratios of single rounds: other load on the machine affects it little.
            product = float(np.median(products))
            limit = product * multiply_adds / running.MATMUL**3
            ratios = [x.median / x.product * product / limit for x in self._rounds if x.product]
            interval = median_interval(ratios) or (None, None)
            for end, x in zip(("", "_low", "_high"), (np.median(ratios), *interval), strict=True):
                columns[f"times_limit{end}"] = None if x is None else round(float(x), 4)
            columns |= {"matmul_gflops": round(2e-6 * running.MATMUL**3 / product, 1), "limit_ms": round(limit, 3)}
        return columns

    def _runs(self, phase: str) -> list[float]:
        return [ms for x in self._rounds for ms in x.phases[phase]]


def warning(columns: Columns) -> str | None:
    """Return why a row is doubtful, in words."""
    found = [] if columns["settled"] else ["did not settle"]
    if columns["variation"] > VARIES:
        found.append(f"its latency varies by {columns['variation']:.0%}: measure on a quieter machine")
    if columns["phases"] and columns["phases"]["enqueue"]["median_ms"] > CPU_LIMITS * columns["median_ms"]:
        found.append("the CPU limits it: launching takes as long as computing")
    return "; ".join(found) or None
