"""Trimaps with large unknown regions."""

import cv2
import numpy as np
import pytest

from hop_tf.datasets.transforms.sparse_trimap import bounding_trimap, sparse_trimap


@pytest.fixture
def stripes():
    """Stripes 4 pixels wide with gaps of 4, which hang on a bar at the left: 128 x 128."""
    alpha = np.zeros((128, 128), np.float32)
    alpha[20:108, 40:100] = (np.arange(88) % 8 < 4)[:, None]
    alpha[20:108, 10:40] = 1
    return alpha


@pytest.mark.parametrize("draw", [bounding_trimap, sparse_trimap])
def test_trimaps_never_contradict_alpha(draw, stripes, alpha):
    square = alpha[:, :300]
    for picture in (stripes, square, np.zeros_like(stripes), np.ones_like(stripes)):
        for seed in range(30):
            trimap = draw(np.random.default_rng(seed), picture)
            assert trimap.dtype == np.uint8 and set(np.unique(trimap)) <= {0, 128, 255}
            assert (picture[trimap == 255] >= 0.98).all() and (picture[trimap == 0] <= 0.02).all()


def test_bounding_trimaps_leave_gaps_unknown(stripes):
    trimaps = [bounding_trimap(np.random.default_rng(seed), stripes) for seed in range(20)]
    for trimap in trimaps:
        assert (trimap[24:100, 40:96] == 128).all()
    assert sum((trimap == 0).any() and (trimap == 255).any() for trimap in trimaps) > 10


def test_sparse_trimaps_know_little(stripes):
    shares = [(sparse_trimap(np.random.default_rng(seed), stripes) == 128).mean() for seed in range(60)]
    assert 0.4 < np.median(shares) < 0.95


def test_many_unknown_pixels_of_sparse_trimaps_are_far_from_known_ones(stripes):
    farthest = []
    for seed in range(60):
        unknown = np.uint8(sparse_trimap(np.random.default_rng(seed), stripes) == 128)
        farthest.append(cv2.distanceTransform(unknown, cv2.DIST_L2, 5).max() if not unknown.all() else 128)
    assert np.median(farthest) > 30
