"""Trimap levels, trimaps from rough masks, and wider unknown regions."""

import cv2
import numpy as np

from hop_tf.pictures.mask_levels import two_levels

# The levels to write.
BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255

# How the network reads any other level: background lies below UNKNOWN_FROM, foreground starts at FOREGROUND_FROM.
UNKNOWN_FROM, FOREGROUND_FROM = 85, 170

# How masks are read, as shares of the range between their levels. JPEG noise stays within these 5 %.
LARGEST_BACKGROUND, SMALLEST_FOREGROUND = 0.05, 0.95


def split_trimap(trimap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split a trimap into its unknown region and its known alpha.

    Args:
        trimap: uint8 array `[height, width]`.

    Returns:
        Tuple of the unknown region, bool `[height, width]`, and the known alpha, float32 `[height, width]`: 1 in the
        foreground, 0 elsewhere.
    """
    foreground = trimap >= FOREGROUND_FROM
    return (trimap >= UNKNOWN_FROM) & ~foreground, foreground.astype(np.float32)


def trimap_from_mask(mask: np.ndarray, width: float) -> np.ndarray:
    """Make a trimap from a rough mask by eroding its foreground and its background.

    Args:
        mask: uint8 array `[height, width]`, a mask of any two levels (the darker is background), or an alpha matte.
            5 % next to either level are background and foreground, and the levels between are unknown. The levels of
            a matte are 0 and its largest level.
        width: distance in pixels, at least 0, that the unknown region extends to either side of an edge.

    Returns:
        uint8 array `[height, width]` with the levels 0, 128 and 255.
    """
    return trimap_from_soft_mask(soft_mask(mask), width)


def soft_mask(mask: np.ndarray) -> np.ndarray:
    """Scale the levels of a mask to 0..1.

    Args:
        mask: uint8 array `[height, width]`, as in `trimap_from_mask`.

    Returns:
        float32 array `[height, width]`, 0 at the darker level and 1 at the lighter one. Noise goes beyond them.
    """
    low, high = two_levels(mask) or (0, max(int(mask.max()), 1))
    return (mask - np.float32(low)) / (high - low)


def trimap_from_soft_mask(mask: np.ndarray, width: float) -> np.ndarray:
    """Make a trimap from a mask of 0..1 by eroding its foreground and its background.

    Args:
        mask: bool array, or float array in 0..1, `[height, width]`. Up to 0.05 is background, from 0.95 on is
            foreground, and the values between are unknown, even if the mask holds no others.
        width: distance in pixels, at least 0, that the unknown region extends to either side of an edge.

    Returns:
        uint8 array `[height, width]` with the levels 0, 128 and 255.
    """
    trimap = np.full(mask.shape, UNKNOWN, np.uint8)
    trimap[_eroded(mask <= LARGEST_BACKGROUND, width)] = BACKGROUND
    trimap[_eroded(mask >= SMALLEST_FOREGROUND, width)] = FOREGROUND
    return trimap


def widen_unknown(trimap: np.ndarray, pixels: float) -> np.ndarray:
    """Widen the unknown region of a trimap in all directions.

    Args:
        trimap: uint8 array `[height, width]`.
        pixels: distance in pixels.

    Returns:
        uint8 array `[height, width]`, a copy with the level 128 in the widened region.
    """
    unknown, _ = split_trimap(trimap)
    widened = trimap.copy()
    widened[~_eroded(~unknown, pixels)] = UNKNOWN
    return widened


def _eroded(region, pixels):
    """Return the pixels of a region that are more than `pixels` away from every pixel outside it."""
    if region.all():
        return region
    return cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > pixels
