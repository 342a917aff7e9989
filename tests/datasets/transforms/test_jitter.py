"""Colour jitter."""

import colorsys

import numpy as np

from hop_tf.datasets.transforms.jitter import jitter_around_mean, match_colours


def test_jitter_follows_the_formula(alpha):
    picture = np.random.default_rng(1).integers(0, 256, (4, 5, 3), np.uint8)
    part = alpha[150:154, 130:135]
    assert part.max() > 0
    hsv = np.array([[colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in row] for row in picture])
    shift = np.random.default_rng(2).uniform(-1, 1, 3)
    hsv[..., 0] = (hsv[..., 0] + 40 * shift[0] / 360) % 1
    for plane in (1, 2):
        moved = np.abs(hsv[..., plane] + shift[plane] * (1.1 - hsv[..., plane][part > 0].mean()) / 10)
        hsv[..., plane] = np.where(moved > 1, 2 - moved, moved)
    expected = np.array([[colorsys.hsv_to_rgb(*pixel) for pixel in row] for row in hsv]) * 255
    jittered = jitter_around_mean(np.random.default_rng(2), picture, part)
    assert jittered.dtype == np.uint8 and np.abs(jittered - expected).max() <= 0.51


def test_matched_colours_are_closer_to_the_background(alpha):
    foreground, background = np.full((*alpha.shape, 3), 220, np.uint8), np.full((*alpha.shape, 3), 40, np.uint8)
    foreground[::2] = 180
    for seed in range(20):
        matched = match_colours(np.random.default_rng(seed), foreground, background, alpha)
        assert matched.shape == foreground.shape and matched.dtype == np.uint8
        assert matched[alpha > 0.5].mean() < 130
        assert len(np.unique(matched)) == 2  # stripes stay


def test_colours_stay_where_nothing_is_visible_or_nothing_is_behind(alpha):
    foreground, background = np.full((*alpha.shape, 3), 220, np.uint8), np.full((*alpha.shape, 3), 40, np.uint8)
    for empty_or_full in (np.zeros_like(alpha), np.ones_like(alpha)):
        matched = match_colours(np.random.default_rng(0), foreground, background, empty_or_full)
        assert np.array_equal(matched, foreground)
