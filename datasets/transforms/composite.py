"""The matting equation, I = alpha F + (1 - alpha) B, and laying one foreground over another."""

from collections.abc import Iterator

import cv2
import numpy as np

#: Number of pixels to compute at a time.
_STRIP = 1 << 14


def composite(foreground: np.ndarray, background: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay a foreground over a background (Eq. 1 of the paper).

    Args:
        foreground, background: uint8 arrays `[height, width, 3]`, RGB.
        alpha: float32 array `[height, width]` in 0..1.

    Returns:
        uint8 array `[height, width, 3]`, RGB, rounded.
    """
    picture = np.empty_like(foreground)
    for rows in _strips(alpha):
        _blend(foreground[rows], background[rows], alpha[rows], picture[rows])
    return picture


def merge(front: tuple[np.ndarray, np.ndarray], back: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Merge two foregrounds into one: alpha = 1 - (1 - alpha_front) (1 - alpha_back).

    Args:
        front, back: colour uint8 `[height, width, 3]`, RGB; alpha float32 `[height, width]` in 0..1.

    Returns:
        Colour and alpha like those of the arguments. Compositing them is the same as compositing `back`, then `front`.
    """
    (front_colour, front_alpha), (back_colour, back_alpha) = front, back
    colour, alpha = np.empty_like(front_colour), np.empty_like(front_alpha)
    for rows in _strips(alpha):
        over, both = front_alpha[rows], alpha[rows]
        np.subtract(1, (1 - over) * (1 - back_alpha[rows]), out=both)
        share = np.where(both > 1e-4, over / np.maximum(both, 1e-4), np.float32(0.5))
        _blend(front_colour[rows], back_colour[rows], np.clip(share, 0, 1, out=share), colour[rows])
    return colour, alpha


def _strips(plane: np.ndarray) -> Iterator[slice]:
    """Return slices of rows that cover `plane`, small enough to keep intermediate results in the CPU's cache."""
    height = max(1, _STRIP // plane.shape[1])
    return (slice(top, top + height) for top in range(0, plane.shape[0], height))


def _blend(foreground, background, alpha, out):
    """Write the rounded alpha F + (1 - alpha) B to `out`."""
    difference = cv2.subtract(foreground, background, dtype=cv2.CV_32F)
    mixed = cv2.multiply(difference, cv2.merge([alpha] * 3), dst=difference)
    mixed = cv2.add(mixed, background, dst=mixed, dtype=cv2.CV_32F)
    # The sum is never below zero; this is OpenCV's fastest way to round it to 8 bits.
    cv2.convertScaleAbs(mixed, dst=out)
