"""The matting equation, I = a F + (1 - a) B, and laying one foreground over another."""

import cv2
import numpy as np

#: Pixels that are computed at a time.
_STRIP = 1 << 14


def composite(foreground, background, alpha):
    """Lays a foreground over a background.

    Args:
        foreground, background: uint8 RGB [H, W, 3].
        alpha: float32 [H, W], 0..1.

    Returns:
        uint8 RGB [H, W, 3], rounded.
    """
    picture = np.empty_like(foreground)
    for rows in _strips(alpha):
        _blend(foreground[rows], background[rows], alpha[rows], picture[rows])
    return picture


def merge(front, back):
    """One foreground in front of another, as one: alpha = 1 - (1 - a1)(1 - a2).

    Args:
        front, back: (uint8 RGB [H, W, 3], alpha float32 [H, W]).

    Returns:
        (uint8 RGB [H, W, 3], alpha float32 [H, W]) that composites as the two laid one after the other.
    """
    (front_colour, front_alpha), (back_colour, back_alpha) = front, back
    colour, alpha = np.empty_like(front_colour), np.empty_like(front_alpha)
    for rows in _strips(alpha):
        over, both = front_alpha[rows], alpha[rows]
        np.subtract(1, (1 - over) * (1 - back_alpha[rows]), out=both)
        share = np.where(both > 1e-4, over / np.maximum(both, 1e-4), np.float32(0.5))
        _blend(front_colour[rows], back_colour[rows], np.clip(share, 0, 1, out=share), colour[rows])
    return colour, alpha


def _strips(plane):
    """Slices of rows that cover ``plane``, small enough for what is computed of them to stay in the CPU's cache."""
    height = max(1, _STRIP // plane.shape[1])
    return (slice(top, top + height) for top in range(0, plane.shape[0], height))


def _blend(foreground, background, alpha, out):
    """Writes the rounded a F + (1 - a) B into ``out``."""
    difference = cv2.subtract(foreground, background, dtype=cv2.CV_32F)
    mixed = cv2.multiply(difference, cv2.merge([alpha] * 3), dst=difference)
    mixed = cv2.add(mixed, background, dst=mixed, dtype=cv2.CV_32F)
    # The sum is never below zero; this is OpenCV's fastest way to round it to 8 bits.
    cv2.convertScaleAbs(mixed, dst=out)
