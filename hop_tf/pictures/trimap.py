"""The grey levels of a trimap as the network reads them, and trimaps made of masks and of other trimaps."""

import cv2
import numpy as np

# Lower levels are background.
UNKNOWN_FROM = 85
FOREGROUND_FROM = 170

UNKNOWN = 128  # the level to write


def split_trimap(trimap):
    """Splits a uint8 trimap `[height, width]` into what is to be found and what is known.

    Returns:
        Tuple of the unknown pixels, bool `[height, width]`, and the known alpha, float32 `[height, width]`: 1 in the
        foreground, 0 elsewhere.
    """
    foreground = trimap >= FOREGROUND_FROM
    return (trimap >= UNKNOWN_FROM) & ~foreground, foreground.astype(np.float32)


def trimap_from_mask(mask, width):
    """Makes a trimap of a rough mask by eroding its foreground and its background.

    Args:
        mask: uint8 array `[height, width]`, a mask of any two levels or an alpha: up to 5 % of its largest level counts
            as background, from 95 % as foreground, and what lies between them is unknown.
        width: int from 0, how far in pixels the unknown region reaches to either side of an edge.

    Returns:
        uint8 array `[height, width]` of the levels 0, 128 and 255.
    """
    level = mask / np.float32(max(int(mask.max()), 1))
    trimap = np.full(mask.shape, UNKNOWN, np.uint8)
    trimap[_eroded(level <= 0.05, width)] = 0
    trimap[_eroded(level >= 0.95, width)] = 255
    return trimap


def widen_unknown(trimap, pixels):
    """Widens the unknown region of a uint8 trimap `[height, width]` by `pixels` to all sides, with the level 128."""
    unknown, _ = split_trimap(trimap)
    widened = trimap.copy()
    widened[~_eroded(~unknown, pixels)] = UNKNOWN
    return widened


def _eroded(region, pixels):
    """Those pixels of a region that are further than `pixels` from every pixel outside of it."""
    if region.all():
        return region
    return cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > pixels
