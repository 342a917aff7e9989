"""Ranks that can be read off the numbers."""

import numpy as np
import pytest

from hop_tf.evaluation.ranking import average_ranks, rank_table


def test_the_lowest_value_has_rank_1():
    assert average_ranks([[[3.0]], [[1.0]], [[2.0]]]).ravel().tolist() == [3, 1, 2]


def test_equal_values_share_the_mean_of_their_ranks():
    assert average_ranks([[[5.0]], [[1.0]], [[5.0]], [[5.0]], [[9.0]]]).ravel().tolist() == [3, 1, 3, 3, 5]
    assert average_ranks(np.zeros((4, 3, 2))).tolist() == [[2.5, 2.5]] * 4


def test_ranks_are_averaged_over_pictures_for_each_measure():
    first = [[1.0, 9.0], [1.0, 9.0], [7.0, 9.0], [1.0, 2.0]]  # ranks 1 1 2 1 and 2 2 2 1.5
    second = [[2.0, 4.0], [2.0, 4.0], [3.0, 4.0], [2.0, 2.0]]
    assert average_ranks([first, second]).tolist() == [[1.25, 1.875], [1.75, 1.125]]


def test_table_holds_overall_ranks_and_those_of_each_trimap_set():
    def rows(*values):
        return [{"SAD": value, "MSE": 1.0} for value in values]

    ranks = rank_table(
        {
            "a": {"trimap1": rows(1, 1), "trimap2": rows(5, 5)},
            "b": {"trimap1": rows(2, 2), "trimap2": rows(4, 6)},
        }
    )
    assert list(ranks) == ["overall", "trimap1", "trimap2"]
    assert ranks["trimap1"] == {
        "a": {"SAD": 1, "MSE": 1.5, "mean": 1.25},
        "b": {"SAD": 2, "MSE": 1.5, "mean": 1.75},
    }
    assert ranks["trimap2"]["a"]["SAD"] == ranks["trimap2"]["b"]["SAD"] == 1.5
    assert ranks["overall"]["a"]["SAD"] == pytest.approx(1.25)


def test_a_set_with_more_pictures_counts_for_more_overall():
    ranks = rank_table(
        {
            "a": {"trimap1": [{"SAD": 1.0}] * 3, "trimap2": [{"SAD": 2.0}]},
            "b": {"trimap1": [{"SAD": 2.0}] * 3, "trimap2": [{"SAD": 1.0}]},
        }
    )
    assert ranks["overall"]["a"]["SAD"] == 1.25


def test_one_set_gives_only_overall_ranks():
    assert list(rank_table({"a": {"": [{"SAD": 1.0}]}, "b": {"": [{"SAD": 2.0}]}})) == ["overall"]
