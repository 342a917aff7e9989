"""Masks, and alphas that can only be masks on another scale."""

import cv2
import numpy as np
import pytest

from hop_tf.pictures.mask_levels import alpha_problem, is_hard, two_levels


def disc(radius, low, high, blur=0.0):
    y, x = np.mgrid[-60:60, -80:80]
    mask = np.where(np.hypot(x, y) < radius, high, low).astype(np.float32)
    return np.rint(cv2.GaussianBlur(mask, (0, 0), blur) if blur else mask).astype(np.uint8)


def jpeg(array, quality):
    return cv2.imdecode(cv2.imencode(".jpg", array, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize(("low", "high"), [(0, 255), (0, 1), (50, 200), (100, 255)])
def test_hard_masks_have_two_levels(low, high):
    assert two_levels(disc(30, low, high)) == (low, high)


@pytest.mark.parametrize(("low", "high"), [(0, 255), (50, 200), (0, 100)])
@pytest.mark.parametrize("quality", [75, 95])
def test_soft_edges_and_the_noise_of_jpeg_do_not_hide_the_two_levels(low, high, quality):
    found = two_levels(jpeg(disc(35, low, high, blur=0.6), quality))
    assert found is not None and np.abs(np.subtract(found, (low, high))).max() <= 2


def hair(opacity):
    """Strands of many opacities over 1 % of the picture."""
    rng = np.random.default_rng(0)
    alpha = np.zeros((120, 160), np.uint8)
    alpha[50:64, 60:74] = rng.integers(0, opacity, (14, 14))
    return alpha


SOUND = {
    "soft disc": disc(30, 0, 255, blur=2),
    "hard mask": disc(30, 0, 255),
    "JPEG mask": jpeg(disc(30, 0, 255), 75),
    "nearly 0 and 255": disc(30, 1, 254),
    "small and soft": hair(230),
    "small, soft and faint": hair(120),
    "smoke": np.rint(disc(50, 0, 110, blur=25)).astype(np.uint8),
    "black": disc(0, 0, 0),
    "white": disc(0, 255, 255),
    "even": disc(0, 128, 128),
}


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("is_channel", [False, True])
def test_alphas_are_accepted(name, is_channel):
    assert alpha_problem(SOUND[name], is_channel) is None


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 2), (0, 20), (0, 100), (3, 120), (1, 1)])
@pytest.mark.parametrize("is_channel", [False, True])
def test_masks_on_another_scale_are_not(low, high, is_channel):
    levels = f"levels {low} and {high}" if low != high else f"level {low}"
    assert f"only the {levels}," in alpha_problem(disc(30, low, high), is_channel)


@pytest.mark.parametrize(("low", "high"), [(0, 128), (0, 200), (128, 255)])
def test_two_levels_may_be_half_transparent_objects_in_an_alpha_channel_only(low, high):
    assert alpha_problem(disc(30, low, high), is_channel=True) is None
    assert f"the levels {low} and {high}" in alpha_problem(disc(30, low, high), is_channel=False)


def test_hard_alphas_have_no_soft_pixel_but_for_the_noise_of_jpeg():
    assert is_hard(disc(30, 0, 255)) and is_hard(jpeg(disc(30, 0, 255), 100))
    assert not is_hard(disc(30, 0, 255, blur=0.6))
