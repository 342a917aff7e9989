"""The paper's trimap."""

import cv2
import numpy as np
import pytest

from hop_tf.datasets.transforms.erosion_trimap import erode_trimap, random_erosion


def eroded(mask, diameter):
    """Erosion of a bool mask, written out: what lies beyond the border does not count."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
    reach, result = diameter // 2, mask.copy()
    for row, column in np.argwhere(kernel):
        down, right = reach - row, reach - column
        moved = np.ones_like(mask)
        rows, columns = (slice(max(-shift, 0), None if shift <= 0 else -shift) for shift in (-down, -right))
        source_rows, source_columns = (
            slice(max(shift, 0), shift or None if shift < 0 else None) for shift in (-down, -right)
        )
        moved[rows, columns] = mask[source_rows, source_columns]
        result &= moved
    return result


@pytest.mark.parametrize("diameters", [(1, 1), (5, 12), (29, 7)])
def test_trimap_is_alpha_eroded_by_ellipses(alpha, diameters):
    trimap = erode_trimap(alpha, diameters)
    inside = np.s_[15:-15, 15:-15]
    for level, mask, diameter in ((255, alpha > 1 - 1e-5, diameters[0]), (0, alpha < 1e-5, diameters[1])):
        assert np.array_equal((trimap == level)[inside], eroded(mask, diameter)[inside])


def test_erosion_covers_one_to_29_pixels_on_each_side():
    rng = np.random.default_rng(0)
    drawn = np.array([random_erosion(rng) for _ in range(2000)])
    assert drawn.min(axis=0).tolist() == [1, 1] and drawn.max(axis=0).tolist() == [29, 29]
