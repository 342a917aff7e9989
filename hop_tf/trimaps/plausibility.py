"""How much a region looks like the object in a box."""

import cv2
import numpy as np

from hop_tf.trimaps.marks import Marks

_USUAL_SHARE = 0.55  # of the box that the object covers
_SPECK = 0.02  # parts below this share of the region do not count for its extent


def plausibility(region: np.ndarray, marks: Marks) -> float:
    """Return a positive number that is the larger, the more a region looks like the object.

    The region should reach all sides of the box, have an edge where colours change, hold colours that the rest lacks,
    and cover about half of the box.

    Args:
        region: bool `[height, width]`.
        marks: the marks.
    """
    if not region.any() or region.all():
        return 0.0
    found = _edge_contrast(region, marks.photo) * _colour_separation(region, marks.photo)
    if marks.has_box:
        share = region[marks.box].mean()
        found *= _overlap_of_extents(region, marks.box) * np.exp(-2 * abs(share - _USUAL_SHARE))
    return float(found)


def _overlap_of_extents(region, box):
    """Return the intersection over union of the box and the bounding box of the region's larger parts."""
    count, parts, statistics, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8))
    sizes = statistics[:, cv2.CC_STAT_AREA]
    large = np.isin(parts, [i for i in range(1, count) if sizes[i] > _SPECK * region.sum()])
    if not large.any():
        return 0.0
    extent = np.zeros_like(region)
    rows, columns = np.flatnonzero(large.any(axis=1)), np.flatnonzero(large.any(axis=0))
    extent[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return (extent & box).sum() / (extent | box).sum()


def _edge_contrast(region, photo):
    """Return the gradient of the colours along the edge, in units of its mean over the photo."""
    lab = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32), (0, 0), 1)
    slopes = np.stack([cv2.Sobel(lab, cv2.CV_32F, 1, 0), cv2.Sobel(lab, cv2.CV_32F, 0, 1)])
    gradient = np.sqrt(np.square(slopes).sum(axis=(0, 3)))
    edge = cv2.morphologyEx(region.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    edge[[0, -1]] = edge[:, [0, -1]] = False
    return gradient[edge].mean() / (gradient.mean() + 1) if edge.any() else 0.0


def _colour_separation(region, photo):
    """Return 1 minus the intersection of the two colour histograms."""
    lab = (cv2.cvtColor(photo, cv2.COLOR_RGB2LAB) // 16).astype(np.intp)
    bins = lab[..., 0] // 2 * 256 + lab[..., 1] * 16 + lab[..., 2]
    inside, outside = (np.bincount(bins[part], minlength=2048) / part.sum() for part in (region, ~region))
    return 1 - np.minimum(inside, outside).sum()
