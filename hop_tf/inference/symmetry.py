"""Test-time augmentation over rotations and flips."""

from collections.abc import Callable

import numpy as np


def mean_of_symmetries(
    predict: Callable[[np.ndarray, np.ndarray], np.ndarray], image: np.ndarray, trimap: np.ndarray
) -> np.ndarray:
    """Return the mean alpha over the eight symmetries of a photo: quarter turns, mirrored or not, each turned back.

    Args:
        predict: function of `image` and `trimap` that returns alpha, float32 `[height, width]`.
        image: `[height, width, 3]`.
        trimap: `[height, width]`.

    Returns:
        float32 `[height, width]`.
    """
    total = np.zeros(trimap.shape, np.float32)
    for turns in (0, 2, 1, 3):  # sizes in sequence, since each size needs a graph
        for mirror in (1, -1):
            turned = (np.ascontiguousarray(np.rot90(x, turns)[:, ::mirror]) for x in (image, trimap))
            total += np.rot90(predict(*turned)[:, ::mirror], -turns)
    return total / 8
