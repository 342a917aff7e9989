"""Conversion of brush strokes to a trimap, and display of a trimap over its photo."""

import numpy as np
from PIL import Image

from hop_tf.pictures.eight_bit import round_to_uint8
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN, split_trimap

LEVELS = {"background": BACKGROUND, "unknown": UNKNOWN, "foreground": FOREGROUND}
# Brush colours are translucent. These are far enough apart that the mixture of overlapping strokes is always nearest to
# the colour of the last stroke.
COLOURS = {"background": (30, 60, 255), "unknown": (255, 210, 0), "foreground": (255, 0, 150)}
OPACITY = 0.7
TINT = 0.45
_FAINT = 32  # opacity of a stroke's soft rim, where its colour is unreliable


def trimap_of(paint: np.ndarray | None, beneath: np.ndarray) -> np.ndarray:
    """Return the trimap that brush strokes describe.

    Args:
        paint: uint8 array `[any height, any width, 4]`, RGBA, the strokes over the photo, which may be displayed at a
            smaller size; `None` if nothing is painted.
        beneath: uint8 array `[height, width]`, the trimap of the unpainted pixels.

    Returns:
        uint8 array `[height, width]` with the levels 0, 128 and 255.
    """
    unknown, known_alpha = split_trimap(beneath)
    trimap = np.where(unknown, UNKNOWN, known_alpha * FOREGROUND).astype(np.uint8)
    if paint is not None:
        distances = [np.square(paint[:, :, :3] - np.array(colour)).sum(axis=2) for colour in _in_order(COLOURS)]
        levels = np.array(_in_order(LEVELS), np.uint8)[np.argmin(distances, axis=0)]
        np.copyto(trimap, _resize(levels, trimap.shape), where=_resize(paint[:, :, 3] >= _FAINT, trimap.shape))
    return trimap


def tinted(photo: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Tint a photo with the brush colours of its trimap.

    Args:
        photo: uint8 array `[height, width, 3]`, RGB.
        trimap: uint8 array `[any height, any width]`.

    Returns:
        uint8 array `[height, width, 3]`, RGB.
    """
    unknown, known_alpha = split_trimap(_resize(trimap, photo.shape[:2]))
    labels = np.where(unknown, 1, known_alpha * 2).astype(int)
    return round_to_uint8(photo * (1 - TINT) + np.array(_in_order(COLOURS))[labels] * TINT)


def _in_order(table: dict) -> list:
    """Return the values for background, unknown and foreground."""
    return [table[name] for name in ("background", "unknown", "foreground")]


def _resize(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Resize a bool or uint8 array `[height, width]` to `(height, width)` without mixing levels."""
    height, width = shape
    return np.asarray(Image.fromarray(array).resize((width, height), Image.Resampling.NEAREST))
