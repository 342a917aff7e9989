"""Pictures of strokes: green or white on the object, red or black on the background."""

import os

import cv2
import numpy as np

from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_photo, read_transparency

_DARK, _BRIGHT = 64, 192  # a channel up to the first is off, from the second on
_GREY = 32  # largest difference between the channels of grey
_STRAY = 0.02  # share of pixels of other colours, such as mixed ones along the rims of strokes
_WIDEST_RIM = 4  # pixels: narrower undecided regions are the soft rims of strokes
_RULE = "expected green or white on the object, red or black on the background, and transparent or grey elsewhere"


def read_strokes(path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray]:
    """Read a picture of strokes.

    Green and white are foreground, red and black are background. Grey and pixels that are more than half transparent
    are undecided.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        Foreground and background, bool `[height, width]`.

    Raises:
        ImageError: if the file cannot be read, more than 2 % of it have other colours, or hardly anything but
            the soft rims of strokes is undecided.
    """
    colours = read_photo(path, to_srgb=False)
    try:
        is_opaque = read_transparency(path) >= 128
    except ImageError:
        is_opaque = np.ones(colours.shape[:2], bool)
    red, green, blue = ((colours[..., i] >= _BRIGHT) for i in range(3))
    no_red, no_green, no_blue = ((colours[..., i] <= _DARK) for i in range(3))
    foreground = is_opaque & green & (no_red & no_blue | red & blue)
    background = is_opaque & no_green & no_blue & (red | no_red)
    is_grey = colours.max(axis=2) - colours.min(axis=2) <= _GREY
    if (is_opaque & ~foreground & ~background & ~is_grey).mean() > _STRAY:
        raise ImageError(path, f"has other colours than those of strokes; {_RULE}")
    undecided = (~(foreground | background)).astype(np.uint8)
    if cv2.morphologyEx(undecided, cv2.MORPH_OPEN, np.ones((_WIDEST_RIM + 1,) * 2)).mean() <= _STRAY:
        raise ImageError(path, f"leaves nothing undecided, as a mask does; {_RULE}")
    if not (foreground | background).any():
        raise ImageError(path, f"holds no stroke; {_RULE}")
    return foreground, background
