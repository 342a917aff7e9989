"""Shrinking pictures that are larger than needed."""

import cv2
import numpy as np


def shrink(picture: np.ndarray, max_side: int | None) -> np.ndarray:
    """Shrink a picture by area averaging until its longer side has at most `max_side` pixels; never enlarge it.

    Args:
        picture: array `[height, width]` or `[height, width, channels]`, uint8 or float32.
        max_side: limit in pixels, or `None` to keep the size.
    """
    height, width = picture.shape[:2]
    if max_side is None or max(height, width) <= max_side:
        return picture
    scale = max_side / max(height, width)
    new_size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, new_size, interpolation=cv2.INTER_AREA)
