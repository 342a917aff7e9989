"""Statistics of the times of a row."""

import functools
import itertools
from collections.abc import Sequence

import numpy as np
from scipy import stats

CONFIDENCE = 0.95  # of the interval of a median
SUPPORT = 0.99  # of a percentile
PERCENTILES = {"p90": 0.90, "p95": 0.95, "p99": 0.99}


@functools.cache
def runs_for(percentile: float) -> int:
    """Return the number of runs that support a percentile: early stopping as in MLPerf.

    With so many runs, at least two take longer than the true percentile with a probability of 99 %.
    """
    return next(n for n in itertools.count(2) if stats.binom.cdf(1, n, 1 - percentile) <= 1 - SUPPORT)


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the interval that holds the true median with 95 % confidence, by order statistics.

    Returns:
        (low, high), two of the values; `None` for fewer than six values, which support none.
    """
    low, high = stats.quantile_test(values, p=0.5).confidence_interval(CONFIDENCE)
    return None if np.isnan(low) else (float(low), float(high))


def is_precise(values: Sequence[float], tolerance: float = 0.02) -> bool:
    """Return whether the interval of the median lies within `tolerance` of the median."""
    interval, median = median_interval(values), np.median(values)
    return interval is not None and max(abs(end - median) for end in interval) <= tolerance * median


def summary(milliseconds: Sequence[float]) -> dict[str, float | int | None]:
    """Return the statistics of the times of all runs, outliers included.

    Returns:
        The columns from "min_ms" to "outliers" of schema.json. Percentiles are interpolated linearly; one that has too
        few runs is `None`. Outliers lie more than 1.5 interquartile ranges outside the quartiles.
    """
    times = np.asarray(milliseconds)
    lower, median, upper = np.percentile(times, (25, 50, 75))
    fence = 1.5 * (upper - lower)
    low, high = median_interval(times) or (None, None)
    found = {"min": times.min(), "mean": times.mean(), "median": median, "median_low": low, "median_high": high}
    for name, q in PERCENTILES.items():
        found[name] = np.quantile(times, q) if len(times) >= runs_for(q) else None
    found["max"] = times.max()
    columns = {f"{name}_ms": None if x is None else round(float(x), 4) for name, x in found.items()}
    outliers = np.count_nonzero((times < lower - fence) | (times > upper + fence))
    return columns | {"variation": round(float(stats.variation(times)), 4), "outliers": int(outliers)}
