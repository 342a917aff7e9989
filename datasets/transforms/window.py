"""Resampling only the needed part of a picture, with the same result as resampling all of it and then cropping."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np


class Window(NamedTuple):
    """A rectangle of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def grown(self, margin: int, shape: Sequence[int]) -> "Window":
        """Return the window with `margin` more pixels on all sides, clipped to a picture of `shape`."""
        top, left = max(self.top - margin, 0), max(self.left - margin, 0)
        bottom = min(self.top + self.height + margin, shape[0])
        right = min(self.left + self.width + margin, shape[1])
        return Window(top, left, bottom - top, right - left)

    def within(self, outer: "Window") -> tuple[slice, slice]:
        """Return the slices that cut this window out of an array that holds the window `outer`."""
        top, left = self.top - outer.top, self.left - outer.left
        return np.s_[top : top + self.height, left : left + self.width]


def window_at(row: int, column: int, size: int, shape: Sequence[int]) -> Window:
    """Return the square window of side `size` centred on a pixel, moved as needed to lie within `shape`."""
    top = min(max(row - size // 2, 0), shape[0] - size)
    left = min(max(column - size // 2, 0), shape[1] - size)
    return Window(top, left, size, size)


def warp_window(
    picture: np.ndarray, matrix: np.ndarray, window: Window, interpolation: int, border: int = cv2.BORDER_REPLICATE
) -> np.ndarray:
    """Compute one window of a picture that is warped by an affine map.

    Args:
        picture: array `[height, width]` or `[height, width, 3]`, uint8 or float32.
        matrix: float64 array `[2, 3]`, from (x, y, 1) in the picture to (x, y) in the result.
        window: window of the result.
        interpolation, border: OpenCV flags.

    Returns:
        Array `[window.height, window.width]` or `[window.height, window.width, 3]` with the dtype of `picture`.
    """
    moved = matrix - np.array([[0, 0, window.left], [0, 0, window.top]])
    return cv2.warpAffine(picture, moved, (window.width, window.height), flags=interpolation, borderMode=border)


def resize_window(picture: np.ndarray, shape: Sequence[int], window: Window, interpolation: int) -> np.ndarray:
    """Compute one window of a picture that is resized to `shape`, (height, width); the rest is as in `warp_window`."""
    scale_y, scale_x = shape[0] / picture.shape[0], shape[1] / picture.shape[1]
    # Pixel centres lie at half-integers: x' + 0.5 = scale (x + 0.5).
    matrix = np.array([[scale_x, 0, 0.5 * scale_x - 0.5], [0, scale_y, 0.5 * scale_y - 0.5]])
    return warp_window(picture, matrix, window, interpolation)
