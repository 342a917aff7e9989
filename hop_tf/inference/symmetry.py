"""Test-time augmentation: a photo is matted in all its rotations and flips."""

import numpy as np


def mean_of_symmetries(predict, image, trimap):
    """The mean of the eight alphas that a photo has rotated by quarter turns, mirrored and not, each turned back.

    Args:
        predict: function from `image` and `trimap` to alpha, float32 `[height, width]`.
        image: array `[height, width, 3]`.
        trimap: array `[height, width]`.

    Returns:
        float32 array `[height, width]`.
    """
    total = np.zeros(trimap.shape, np.float32)
    for turns in (0, 2, 1, 3):  # photos of one size after each other: a graph is made for each
        for mirror in (1, -1):
            turned = (np.ascontiguousarray(np.rot90(x, turns)[:, ::mirror]) for x in (image, trimap))
            total += np.rot90(predict(*turned)[:, ::mirror], -turns)
    return total / 8
