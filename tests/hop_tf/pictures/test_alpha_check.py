"""Alphas that can only be trimaps, or masks on another scale."""

import cv2
import numpy as np
import pytest

from helpers.discs import disc, jpeg
from hop_tf.pictures.alpha_check import alpha_problem, is_hard
from hop_tf.pictures.trimap import trimap_from_mask


def hair(opacity):
    """Strands of many opacities over 1 % of the picture."""
    rng = np.random.default_rng(0)
    alpha = np.zeros((120, 160), np.uint8)
    alpha[50:64, 60:74] = rng.integers(0, opacity, (14, 14))
    return alpha


def cloth():
    """A half transparent sheet with one opaque fold."""
    distance = np.abs(np.arange(160) - 80) * np.ones((120, 1))
    return np.where(disc(50, 0, 1) > 0, 140 + 115 * np.exp(-((distance / 12) ** 4)), 0).astype(np.uint8)


RIGHT = np.arange(160) > 80
SOUND = {
    "soft disc": disc(30, 0, 255, blur=2),
    "hard mask": disc(30, 0, 255),
    "JPEG mask": jpeg(disc(30, 0, 255), 75),
    "nearly 0 and 255": disc(30, 1, 254),
    "small and soft": hair(230),
    "small, soft and faint": hair(120),
    "thin cloth with a fold": cloth(),
    "smoke": np.rint(disc(50, 0, 110, blur=25)).astype(np.uint8),
    "black": disc(0, 0, 0),
    "white": disc(0, 255, 255),
    "even": disc(0, 128, 128),
    "pane in an opaque frame": np.where(disc(30, 0, 1) > 0, 128, disc(40, 0, 255, blur=0.6)).astype(np.uint8),
    "opaque beside half transparent": np.where(disc(30, 0, 255) * RIGHT > 0, 128, disc(30, 0, 255)).astype(np.uint8),
}
TRIMAP = trimap_from_mask(disc(35, 0, 255), 6)
TOUCHING = np.where(RIGHT & (np.arange(120) < 60)[:, None] & (TRIMAP == 128), disc(35, 0, 255), TRIMAP)
TRIMAPS = {
    "levels 0, 128 and 255": TRIMAP,
    "levels 0, 100 and 255": np.where(TRIMAP == 128, 100, TRIMAP).astype(np.uint8),
    "JPEG": jpeg(TRIMAP, 75),
    "coarse JPEG": jpeg(TRIMAP, 50),
    "scaled down": cv2.resize(TRIMAP, (80, 60), interpolation=cv2.INTER_AREA),
    "scaled up": cv2.resize(TRIMAP, (320, 240), interpolation=cv2.INTER_CUBIC),
    "a quarter without a band": TOUCHING,
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


def test_two_levels_with_the_noise_of_jpeg_are_a_mask_too():
    assert "the levels 0 and 200" in alpha_problem(jpeg(disc(30, 0, 200), 95), is_channel=False)


@pytest.mark.parametrize("name", TRIMAPS)
@pytest.mark.parametrize("is_channel", [False, True])
def test_trimaps_are_no_alphas(name, is_channel):
    assert ", as in a trimap; expected an alpha matte" in alpha_problem(TRIMAPS[name], is_channel)


def test_hard_alphas_have_no_soft_pixel_but_for_the_noise_of_jpeg():
    assert is_hard(disc(30, 0, 255)) and is_hard(jpeg(disc(30, 0, 255), 100))
    assert not is_hard(disc(30, 0, 255, blur=0.6))
