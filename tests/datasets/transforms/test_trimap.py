"""Trimaps as people draw them."""

import cv2
import numpy as np

from hop_tf.datasets.transforms.trimap import make_trimap


def test_trimap_never_contradicts_alpha(disc):
    speckled = np.clip(disc + 0.3 * (np.random.default_rng(0).random(disc.shape) - 0.5), 0, 1).astype(np.float32)
    for alpha in (disc, speckled, np.zeros_like(disc), np.ones_like(disc)):
        for seed in range(40):
            trimap = make_trimap(np.random.default_rng(seed), alpha)
            assert trimap.dtype == np.uint8 and set(np.unique(trimap)) <= {0, 128, 255}
            assert (alpha[trimap == 255] >= 0.98).all()
            assert (alpha[trimap == 0] <= 0.02).all()


def test_some_trimaps_leave_a_spot_open_that_reaches_deep_into_the_foreground(disc):
    depth = cv2.distanceTransform(np.uint8(disc >= 0.98), cv2.DIST_L2, 3)
    found = []
    for seed in range(200):
        trimap = make_trimap(np.random.default_rng(seed), disc)
        open_depth, closed = depth[trimap == 128].max(), depth[trimap == 255]
        found.append(closed.size and closed.min() < 8 and open_depth > 25)  # narrow elsewhere
    assert 4 <= sum(found) <= 60


def test_trimaps_come_in_narrow_and_wide(disc):
    shares = [(make_trimap(np.random.default_rng(seed), disc) == 128).mean() for seed in range(60)]
    soft = ((disc > 0.02) & (disc < 0.98)).mean()
    assert min(shares) < 1.5 * soft and max(shares) > 3 * soft
