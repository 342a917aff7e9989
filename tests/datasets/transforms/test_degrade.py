"""Degradation of composites and alphas."""

import numpy as np
import pytest

from hop_tf.datasets.transforms.degrade import defocus, degrade, soften_alpha
from hop_tf.datasets.transforms.jitter import jitter_hsv


@pytest.mark.parametrize("change", [degrade, jitter_hsv, defocus])
def test_picture_changes_keep_shape_and_dtype(change):
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    for seed in range(10):
        changed = change(np.random.default_rng(seed), picture)
        assert changed.shape == picture.shape and changed.dtype == np.uint8
        assert np.array_equal(changed, change(np.random.default_rng(seed), picture))


def test_softened_alpha_stays_in_range(disc):
    for seed in range(20):
        soft = soften_alpha(np.random.default_rng(seed), disc)
        assert soft.dtype == np.float32 and 0 <= soft.min() and soft.max() <= 1
