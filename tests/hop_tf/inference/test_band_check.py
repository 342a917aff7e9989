"""Unknown bands that are too narrow, with an alpha that is known beforehand."""

import numpy as np
import pytest

from hop_tf.inference.band_check import STEP, narrow_band, widen_narrow_band
from hop_tf.pictures.trimap import split_trimap

WIDTH = 200
RAMP = np.tile(np.clip((np.arange(WIDTH, dtype=np.float32) - 70) / 60, 0, 1), (40, 1))  # 0 up to 70, 1 from 130
PHOTO = np.zeros((40, WIDTH, 3), np.uint8)


def trimap_between(start, stop):
    trimap = np.full(RAMP.shape, 128, np.uint8)
    trimap[:, :start], trimap[:, stop:] = 0, 255
    return trimap


def predict(image, trimap):
    """Return the true alpha where it is unknown."""
    unknown, known_alpha = split_trimap(trimap)
    return np.where(unknown, RAMP, known_alpha)


@pytest.mark.parametrize("band", [(65, 135), (72, 128), (0, WIDTH)])
def test_alpha_that_reaches_0_and_1_inside_the_band_is_no_reason_to_complain(band):
    trimap = trimap_between(*band)
    assert narrow_band(predict(PHOTO, trimap), trimap) is None


@pytest.mark.parametrize(("band", "column"), [((90, 140), 90), ((60, 110), 109)])
def test_an_edge_on_either_side_that_cuts_alpha_is_found(band, column):
    trimap = trimap_between(*band)
    found = narrow_band(predict(PHOTO, trimap), trimap)
    assert found.share == 0.5
    assert np.flatnonzero(found.leaks.any(axis=0)).tolist() == [column]


def test_a_few_wrong_pixels_at_a_long_edge_are_no_narrow_band():
    trimap = np.full((2000, 40), 128, np.uint8)
    trimap[:, :10] = 0
    alpha = np.zeros((2000, 40), np.float32)
    alpha[:29, 10] = 1
    assert narrow_band(alpha, trimap) is None
    alpha[:30, 10] = 1
    assert narrow_band(alpha, trimap).share == 30 / 2000
    assert narrow_band(alpha[:20], trimap[:20]) is None


def test_a_narrow_band_is_widened_only_where_it_is_narrow_and_as_far_as_needed():
    trimap = trimap_between(106, 140)
    widened = widen_narrow_band(predict, PHOTO, trimap, predict(PHOTO, trimap))
    assert widened.settled and widened.by == 2 * STEP
    np.testing.assert_array_equal(widened.trimap, trimap_between(106 - 2 * STEP, 140))
    np.testing.assert_array_equal(widened.alpha, predict(PHOTO, widened.trimap))
    assert 22 <= widened.pixels <= 24  # alpha exceeds 0.2 from column 83


def test_widening_ends_at_the_limit_and_says_so():
    trimap = trimap_between(106, 140)
    widened = widen_narrow_band(predict, PHOTO, trimap, predict(PHOTO, trimap), rounds=1)
    assert not widened.settled and widened.by == STEP
    wide = widen_narrow_band(lambda image, trimap: np.full(trimap.shape, 0.5, np.float32), PHOTO, trimap, RAMP)
    assert not wide.settled and wide.by == 5 * STEP


def test_a_band_that_is_wide_enough_is_kept_and_nothing_predicted():
    trimap = trimap_between(60, 140)
    widened = widen_narrow_band(None, PHOTO, trimap, RAMP)
    assert widened.trimap is trimap and widened.alpha is RAMP
    assert widened.by == 0 and widened.settled
