import pytest

from hop_tf.benchmarks.latency.rounds import LEAST, ROUNDS, Rounds


def rounds_of(medians):
    rounds = Rounds()
    for ms in medians:
        rounds.add({"total": [ms]}, 1.0, None)
    return rounds


def test_runs_count_from_the_first_of_three_rounds_that_agree():
    rounds = rounds_of([9.0, 3.0, 2.0, 1.9, 2.1, 2.0])
    columns = rounds.columns(1, None)
    assert rounds.settled and columns["runs"] == 4 and columns["max_ms"] == 2.1


def test_a_row_that_does_not_settle_in_ten_rounds_keeps_all_of_them():
    rounds = rounds_of([2.0**i for i in range(ROUNDS)] + [2.0] * 3)
    assert not rounds.settled and rounds.columns(1, None)["runs"] == ROUNDS + 3


@pytest.mark.parametrize("max_seconds, count", [(0, LEAST), (8, 8), (100, ROUNDS)])
def test_a_steady_row_has_enough_rounds_for_an_interval_and_ten_if_there_is_time(max_seconds, count):
    rounds = Rounds()
    while not rounds.is_finished(max_seconds):
        rounds.add({"total": [5.0]}, 1.0, None)
    columns = rounds.columns(1, None)
    assert columns["runs"] == count and columns["median_low_ms"] == 5
