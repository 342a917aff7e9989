"""From the times of single runs to the numbers of a row."""

import numpy as np

from hop_tf.benchmarks.latency.rows import PHASES

BUSY = 2.0


def summary(times, batch):
    """The statistics of a row.

    Args:
        times: dict from "total", and on a GPU "h2d", "compute" and "d2h", to lists of milliseconds, one a run.
        batch: int, photos in one run.

    Returns:
        dict of columns of `hop_tf.benchmarks.latency.rows.COLUMNS`: "runs", those ending in "_ms", "photos_per_s", and
        "warning" where the 99th percentile is over twice the median. Percentiles are interpolated linearly.
    """
    columns = {"runs": len(times["total"])}
    for phase in PHASES:
        values = times.get(phase.rstrip("_") or "total")
        if values:
            p50, p90, p95, p99 = np.percentile(values, (50, 90, 95, 99))
            found = {"min": min(values), "mean": np.mean(values), "median": p50, "p90": p90, "p95": p95, "p99": p99}
            columns |= {f"{phase}{name}_ms": round(float(x), 4) for name, x in {**found, "max": max(values)}.items()}
    columns["photos_per_s"] = round(1e3 * batch * len(times["total"]) / sum(times["total"]), 4)
    if columns["p99_ms"] > BUSY * columns["median_ms"]:
        ratio = columns["p99_ms"] / columns["median_ms"]
        columns["warning"] = f"p99 is {ratio:.1f} times the median: measure on a quieter machine"
    return columns
