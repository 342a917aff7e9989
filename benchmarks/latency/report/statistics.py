"""Statistics of a row, from the times of its runs."""

import numpy as np

from hop_tf.benchmarks.latency.rows import PHASES

BUSY = 2.0
PERCENTILES = {"min": 0, "median": 50, "p90": 90, "p95": 95, "p99": 99, "max": 100}


def summary(times: dict[str, list[float]], batch: int) -> dict[str, float | str]:
    """Return the statistics of a row.

    Args:
        times: milliseconds of each run, for "total", and on a GPU also "h2d", "compute" and "d2h".
        batch: photos per run.

    Returns:
        The columns "runs", "photos_per_s", those that end in "_ms", and "warning" if the 99th percentile exceeds twice
        the median. Percentiles are interpolated linearly.
    """
    total = times["total"]
    columns = {"runs": len(total), "photos_per_s": round(1e3 * batch * len(total) / sum(total), 4)}
    for phase in PHASES:
        if values := times.get(phase.rstrip("_") or "total"):
            found = dict(zip(PERCENTILES, np.percentile(values, list(PERCENTILES.values())), strict=True))
            found["mean"] = np.mean(values)
            columns |= {f"{phase}{name}_ms": round(float(x), 4) for name, x in found.items()}
    if columns["p99_ms"] > BUSY * columns["median_ms"]:
        ratio = columns["p99_ms"] / columns["median_ms"]
        columns["warning"] = f"p99 is {ratio:.1f} times the median: measure on a quieter machine"
    return columns
