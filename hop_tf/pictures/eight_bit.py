"""Rounding to 8 and 16 bits: one rule for the whole project."""

from typing import Any

import numpy as np


def to_uint8(alpha: np.ndarray) -> np.ndarray:
    """Return an alpha matte of 0..1 as uint8 levels of 0..255, rounded to the nearest level.

    Args:
        alpha: float array of any shape. Values outside 0..1 are clipped.
    """
    return to_levels(alpha, np.uint8)


def round_to_uint8(levels: np.ndarray) -> np.ndarray:
    """Round levels of 0..255 to uint8. Values outside this range are clipped.

    Args:
        levels: float array of any shape.
    """
    return round_levels(levels, np.uint8)


def to_levels(values: np.ndarray, depth: Any) -> np.ndarray:
    """Return values of 0..1 as levels of 8 or 16 bits, rounded to the nearest level.

    Args:
        values: float array of any shape. Values outside 0..1 are clipped.
        depth: dtype, `np.uint8` or `np.uint16`.
    """
    return round_levels(values * white(depth), depth)


def round_levels(levels: np.ndarray, depth: Any) -> np.ndarray:
    """Round levels to 8 or 16 bits. Values outside the range are clipped.

    Args:
        levels: float array of any shape.
        depth: dtype, `np.uint8` or `np.uint16`.
    """
    return np.clip(np.rint(levels), 0, white(depth)).astype(depth)


def change_depth(picture: np.ndarray, depth: Any) -> np.ndarray:
    """Return a picture with 8 or 16 bits per channel. 255 and 65535 are the same level.

    Args:
        picture: uint8 or uint16 array of any shape.
        depth: dtype, `np.uint8` or `np.uint16`. A picture that has it already is returned itself.
    """
    if picture.dtype == depth:
        return picture
    if depth == np.uint16:
        return picture * np.uint16(257)
    return ((picture.astype(np.uint32) + 128) // 257).astype(np.uint8)


def network_levels(picture: np.ndarray, input_dtype: Any) -> np.ndarray:
    """Return a picture on the scale 0..255 that networks take.

    Args:
        picture: uint8 or uint16 array of any shape.
        input_dtype: dtype that the network takes.

    Returns:
        An array of the same shape: uint8 as it is; uint16 as float32 with fractions, or rounded if the network takes
        uint8.
    """
    if picture.dtype == np.uint8 or input_dtype == np.uint8:
        return change_depth(picture, np.uint8)
    return picture / np.float32(257)


def white(depth: Any) -> int:
    """Return the largest level: 255 or 65535."""
    return int(np.iinfo(depth).max)
