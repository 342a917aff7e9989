"""Masks: pictures of two levels."""

import cv2
import numpy as np

NEAR = 13  # levels, 5 % of 255: the noise of JPEG stays within
_SHARE = 0.97  # of the pixels of a mask lie near one of its two levels; the others are soft edges
_SHARE_OF_EACH = 0.6  # of the darker and of the lighter pixels: a small soft object is no mask


def two_levels(levels: np.ndarray) -> tuple[int, int] | None:
    """Return the two levels of a mask, or `None` if a picture is no mask.

    Args:
        levels: uint8 array `[height, width]`. Soft edges and the noise of JPEG are allowed for.
    """
    counts = np.bincount(levels.ravel(), minlength=256)
    present = np.flatnonzero(counts)
    if len(present) <= 2:
        return (int(present[0]), int(present[1])) if len(present) == 2 else None
    split, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    split = int(split) + 1
    low, high = _median(counts[:split]), split + _median(counts[split:])
    if high - low <= 2 * NEAR:
        return None
    near = [counts[max(level - NEAR, 0) : level + NEAR + 1].sum() for level in (low, high)]
    all_near = sum(near) >= _SHARE * levels.size
    each_near = all(
        n >= _SHARE_OF_EACH * part.sum() for n, part in zip(near, (counts[:split], counts[split:]), strict=True)
    )
    return (low, high) if all_near and each_near else None


def _median(counts):
    return int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
