import numpy as np
import pytest
from scipy import stats

from hop_tf.benchmarks.latency.report.statistics import is_precise, median_interval, runs_for, summary


@pytest.mark.parametrize("percentile, runs", [(0.90, 64), (0.95, 130), (0.99, 662)])
def test_a_percentile_needs_the_runs_of_early_stopping(percentile, runs):
    assert runs_for(percentile) == runs


def test_the_statistics_of_known_times():
    found = summary([float(n) for n in range(11, 0, -1)])
    assert found == {
        "min_ms": 1,
        "mean_ms": 6,
        "median_ms": 6,
        "median_low_ms": 2,
        "median_high_ms": 10,
        "p90_ms": None,
        "p95_ms": None,
        "p99_ms": None,
        "max_ms": 11,
        "variation": pytest.approx(10**0.5 / 6, abs=1e-4),
        "outliers": 0,
    }


@pytest.mark.parametrize("runs, printed", [(63, []), (64, ["p90_ms"]), (662, ["p90_ms", "p95_ms", "p99_ms"])])
def test_only_supported_percentiles_are_printed(runs, printed):
    found = summary(np.arange(runs, dtype=float))
    assert [name for name in found if name.startswith("p") and found[name] is not None] == printed
    assert "p90_ms" not in printed or found["p90_ms"] == pytest.approx(0.9 * (runs - 1))


def test_outliers_are_kept_and_counted():
    found = summary([*np.linspace(9, 11, 50), 30.0, 1.0])
    assert found["outliers"] == 2 and found["max_ms"] == 30 and found["min_ms"] == 1


@pytest.mark.parametrize("runs", [5, 6, 10, 101])
def test_the_interval_holds_the_median_at_the_promised_rate(runs):
    interval = median_interval(np.arange(1.0, runs + 1))
    if runs == 5:
        assert interval is None
        return
    low, high = (int(x) for x in interval)
    held = stats.binom.cdf(high - 1, runs, 0.5) - stats.binom.cdf(low - 1, runs, 0.5)
    narrower = stats.binom.cdf(high - 2, runs, 0.5) - stats.binom.cdf(low, runs, 0.5)
    assert narrower < 0.95 <= held


def test_a_median_is_precise_within_two_percent():
    assert is_precise([100.0, 101, 99, 100, 101, 99, 100])
    assert not is_precise([100.0, 103, 97, 100, 103, 97, 100])
    assert not is_precise([100.0] * 5)  # too few
