"""From strokes painted over a photo to a trimap, and a trimap shown over its photo."""

import numpy as np
from PIL import Image

from hop_tf.pictures.trimap import split_trimap

LEVELS = {"background": 0, "unknown": 128, "foreground": 255}
# Far enough from each other that, of several strokes over each other, the last one is nearest in colour.
COLOURS = {"background": (30, 60, 255), "unknown": (255, 210, 0), "foreground": (255, 0, 150)}
OPACITY = 0.7
TINT = 0.45
_FAINT = 32  # the soft rim of a stroke; its colour says little


def trimap_of(paint, beneath):
    """The trimap that is meant by strokes.

    Args:
        paint: uint8 array `[any height, any width, 4]`, RGBA, the strokes over the photo, which may be shown smaller
            than it is; or None: nothing is painted.
        beneath: uint8 array `[height, width]`, the trimap that holds where nothing is painted.

    Returns:
        uint8 array `[height, width]` of the levels 0, 128 and 255.
    """
    unknown, known_alpha = split_trimap(beneath)
    trimap = np.where(unknown, LEVELS["unknown"], known_alpha * 255).astype(np.uint8)
    if paint is not None:
        distances = [np.square(paint[:, :, :3] - np.array(colour)).sum(axis=2) for colour in _each(COLOURS)]
        levels = np.array(_each(LEVELS), np.uint8)[np.argmin(distances, axis=0)]
        np.copyto(trimap, _resize(levels, trimap.shape), where=_resize(paint[:, :, 3] >= _FAINT, trimap.shape))
    return trimap


def tinted(photo, trimap):
    """The photo in the colours of a trimap.

    Args:
        photo: uint8 array `[height, width, 3]`, RGB.
        trimap: uint8 array `[any height, any width]`.

    Returns:
        uint8 array `[height, width, 3]`.
    """
    unknown, known_alpha = split_trimap(_resize(trimap, photo.shape[:2]))
    labels = np.where(unknown, 1, known_alpha * 2).astype(int)
    return np.round(photo * (1 - TINT) + np.array(_each(COLOURS))[labels] * TINT).astype(np.uint8)


def _each(table):
    """Values of background, unknown and foreground."""
    return [table[name] for name in ("background", "unknown", "foreground")]


def _resize(array, size):
    """Scales bool or uint8 `[height, width]` to `(height, width)` without mixing levels."""
    return np.asarray(Image.fromarray(array).resize(size[::-1], Image.Resampling.NEAREST))
