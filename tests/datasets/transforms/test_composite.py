"""The matting equation."""

import numpy as np

from hop_tf.datasets.transforms.composite import composite, merge


def test_composite_follows_the_matting_equation():
    rng = np.random.default_rng(0)
    foreground, background = rng.integers(0, 256, (2, 20, 30, 3), np.uint8)
    alpha = rng.random((20, 30), np.float32)
    expected = alpha[..., None].astype(float) * foreground + (1 - alpha[..., None].astype(float)) * background
    assert np.abs(composite(foreground, background, alpha) - expected).max() <= 0.501
    assert np.array_equal(composite(foreground, background, np.ones((20, 30), np.float32)), foreground)
    assert np.array_equal(composite(foreground, background, np.zeros((20, 30), np.float32)), background)


def test_merged_foregrounds_composite_as_two_layers():
    rng = np.random.default_rng(1)
    front, back, background = rng.integers(0, 256, (3, 20, 30, 3), np.uint8)
    front_alpha, back_alpha = rng.random((2, 20, 30), np.float32)
    colour, alpha = merge((front, front_alpha), (back, back_alpha))
    assert np.allclose(alpha, 1 - (1 - front_alpha) * (1 - back_alpha), atol=1e-6)
    layered = composite(front, composite(back, background, back_alpha), front_alpha)
    assert np.abs(composite(colour, background, alpha).astype(int) - layered).max() <= 2
