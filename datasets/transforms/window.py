"""Resampling only the part of a picture that is wanted, as if the whole had been resampled and then cut."""

from typing import NamedTuple

import cv2
import numpy as np


class Window(NamedTuple):
    """A rectangle of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def grown(self, margin, shape):
        """The window with ``margin`` more pixels on all sides, as far as a picture of ``shape`` reaches."""
        top, left = max(self.top - margin, 0), max(self.left - margin, 0)
        bottom = min(self.top + self.height + margin, shape[0])
        right = min(self.left + self.width + margin, shape[1])
        return Window(top, left, bottom - top, right - left)

    def within(self, outer):
        """Slices that cut this window out of the picture that shows the window ``outer``."""
        top, left = self.top - outer.top, self.left - outer.left
        return np.s_[top : top + self.height, left : left + self.width]


def window_at(row, column, size, shape):
    """The square window of side ``size`` centred on a pixel, moved as little as needed to lie within ``shape``."""
    top = min(max(row - size // 2, 0), shape[0] - size)
    left = min(max(column - size // 2, 0), shape[1] - size)
    return Window(top, left, size, size)


def warp_window(picture, matrix, window, interpolation, border=cv2.BORDER_REPLICATE):
    """The window of the picture under an affine map.

    Args:
        picture: [H, W] or [H, W, 3], uint8 or float32.
        matrix: float64 [2, 3], from (x, y, 1) in the picture to (x, y) in the result.
        window: Window of the result.
        interpolation, border: OpenCV's.

    Returns:
        [window.height, window.width] or [..., 3], dtype of ``picture``.
    """
    moved = matrix - np.array([[0, 0, window.left], [0, 0, window.top]])
    return cv2.warpAffine(picture, moved, (window.width, window.height), flags=interpolation, borderMode=border)


def resize_window(picture, shape, window, interpolation):
    """The window of ``picture`` resized to ``shape`` (height, width); arguments as in warp_window."""
    scale_y, scale_x = shape[0] / picture.shape[0], shape[1] / picture.shape[1]
    # Pixel centres lie at half-integers: x' + 0.5 = scale (x + 0.5).
    matrix = np.array([[scale_x, 0, 0.5 * scale_x - 0.5], [0, scale_y, 0.5 * scale_y - 0.5]])
    return warp_window(picture, matrix, window, interpolation)
