"""Rounding to 8 bits."""

import numpy as np
import pytest

from hop_tf.pictures.eight_bit import round_to_uint8, to_uint8


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_levels_survive_a_round_trip_through_alpha(dtype):
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_uint8(levels / dtype(255)), levels)


def test_alpha_is_rounded_to_the_nearest_level_and_clipped():
    alpha = np.float32([-0.1, 0, 0.4 / 255, 0.6 / 255, 254.6 / 255, 1, 1.2])
    assert to_uint8(alpha).tolist() == [0, 0, 0, 1, 255, 255, 255]


def test_levels_are_rounded_and_clipped():
    assert round_to_uint8(np.array([-3, 0.4, 0.6, 254.4, 300])).tolist() == [0, 0, 1, 254, 255]
