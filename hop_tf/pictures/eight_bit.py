"""Rounding to 8 bits: one rule for the whole project."""

import numpy as np


def to_uint8(alpha: np.ndarray) -> np.ndarray:
    """Return an alpha matte of 0..1 as uint8 levels of 0..255, rounded to the nearest level.

    Args:
        alpha: float array of any shape. Values outside 0..1 are clipped.
    """
    return round_to_uint8(alpha * 255)


def round_to_uint8(levels: np.ndarray) -> np.ndarray:
    """Round levels of 0..255 to uint8. Values outside this range are clipped.

    Args:
        levels: float array of any shape.
    """
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
