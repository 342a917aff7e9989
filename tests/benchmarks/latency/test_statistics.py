import pytest

from hop_tf.benchmarks.latency.report.statistics import summary


def test_the_statistics_of_known_times():
    found = summary({"total": [float(n) for n in range(11, 0, -1)]}, batch=2)
    assert found == {
        "runs": 11,
        "min_ms": 1,
        "mean_ms": 6,
        "median_ms": 6,
        "p90_ms": 10,
        "p95_ms": 10.5,
        "p99_ms": 10.9,
        "max_ms": 11,
        "photos_per_s": pytest.approx(2 * 11 / 0.066, abs=1e-3),
    }


def test_the_phases_of_a_gpu_have_statistics_of_their_own():
    found = summary({"total": [6.0, 6.0], "h2d": [1.0, 3.0], "compute": [4.0, 1.0], "d2h": [1.0, 2.0]}, batch=1)
    assert (found["h2d_median_ms"], found["compute_max_ms"], found["d2h_min_ms"]) == (2, 4, 1)


@pytest.mark.parametrize("slowest, doubtful", [(20.0, False), (40.0, True)])
def test_a_tail_of_over_twice_the_median_is_a_warning(slowest, doubtful):
    found = summary({"total": [10.0] * 20 + [slowest] * 2}, batch=1)
    assert ("warning" in found) == doubtful
    assert not doubtful or "p99 is 4.0 times the median" in found["warning"]
