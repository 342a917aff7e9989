"""Rounding to 8 and 16 bits."""

import numpy as np
import pytest

from hop_tf.pictures.eight_bit import change_depth, network_levels, round_to_uint8, to_levels, to_uint8


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_levels_survive_a_round_trip_through_alpha(dtype):
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_uint8(levels / dtype(255)), levels)


def test_alpha_is_rounded_to_the_nearest_level_and_clipped():
    alpha = np.float32([-0.1, 0, 0.4 / 255, 0.6 / 255, 254.6 / 255, 1, 1.2])
    assert to_uint8(alpha).tolist() == [0, 0, 0, 1, 255, 255, 255]


def test_levels_are_rounded_and_clipped():
    assert round_to_uint8(np.array([-3, 0.4, 0.6, 254.4, 300])).tolist() == [0, 0, 1, 254, 255]


def test_16_bits_hold_more_levels_of_alpha():
    alpha = np.linspace(0, 1, 65536, dtype=np.float32)
    np.testing.assert_array_equal(to_levels(alpha, np.uint16), np.arange(65536))


def test_white_stays_white_in_either_depth():
    levels = np.arange(256, dtype=np.uint8)
    deep = change_depth(levels, np.uint16)
    assert (deep[0], deep[255]) == (0, 65535)
    np.testing.assert_array_equal(change_depth(deep, np.uint8), levels)
    assert change_depth(np.array([128, 129, 65535], np.uint16), np.uint8).tolist() == [0, 1, 255]


def test_networks_see_8_bit_photos_as_they_are_and_the_fractions_of_16_bit_ones():
    levels = np.arange(256, dtype=np.uint8)
    assert network_levels(levels, np.float32) is levels
    deep = network_levels(np.array([257, 300], np.uint16), np.float32)
    assert deep.dtype == np.float32
    np.testing.assert_allclose(deep, [1, 300 / 257], rtol=1e-6)
    assert network_levels(np.array([257, 400], np.uint16), np.uint8).tolist() == [1, 2]
