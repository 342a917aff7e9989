"""Pictures of strokes: green or white on the object, red or black on the background."""

import os

import cv2
import numpy as np

from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_photo, read_transparency

_DARK, _BRIGHT = 64, 192  # black has all channels up to the first, white all from the second on
_PURE = 1.6  # green and red have one channel that is at least this many times the others
_GREY = 32  # largest difference between the channels of grey
_STRAY = 0.02  # share of the picture of other colours, such as mixed ones along the rims of strokes
_STRAY_STROKES = 0.25  # the same without thin rims, in units of the strokes' area
_WIDEST_RIM = 4  # pixels: narrower undecided regions are the soft rims of strokes
_RULE = (
    "expected green or white on the object, red or black on the background, painted on a layer of its own that is "
    "transparent or grey elsewhere"
)


def read_strokes(path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray]:
    """Read a picture of strokes.

    Green and white are foreground, red and black are background. Grey and pixels that are more than half transparent
    are undecided.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        Foreground and background, bool `[height, width]`.

    Raises:
        ImageError: if the file cannot be read, has strokes of other colours, or hardly anything but the soft rims of
            strokes is undecided.
    """
    colours = read_photo(path, to_srgb=False)
    try:
        is_opaque = read_transparency(path) >= 128
    except ImageError:
        is_opaque = np.ones(colours.shape[:2], bool)
    red, green, blue = np.moveaxis(colours.astype(np.float32), 2, 0)
    darkest, lightest = colours.min(axis=2), colours.max(axis=2)
    is_black = lightest <= _DARK
    is_green = (green >= _PURE * np.maximum(red, blue)) & ~is_black
    is_red = (red >= _PURE * np.maximum(green, blue)) & ~is_black
    foreground, background = is_opaque & (is_green | (darkest >= _BRIGHT)), is_opaque & (is_red | is_black)
    is_grey = lightest - darkest <= _GREY
    stray = is_opaque & ~foreground & ~background & ~is_grey
    wide = _without_rims(stray)
    if stray.mean() > _STRAY or wide.sum() > _STRAY_STROKES * (foreground | background).sum():
        colour = tuple(np.median(colours[wide if wide.any() else stray], axis=0).astype(int).tolist())
        raise ImageError(path, f"has other colours than those of strokes, such as {colour}; {_RULE}")
    if _without_rims(~(foreground | background)).mean() <= _STRAY:
        raise ImageError(path, f"leaves nothing undecided, as a mask does; {_RULE}")
    if not (foreground | background).any():
        raise ImageError(path, f"holds no stroke; {_RULE}")
    return foreground, background


def _without_rims(region):
    return cv2.morphologyEx(region.astype(np.uint8), cv2.MORPH_OPEN, np.ones((_WIDEST_RIM + 1,) * 2)) > 0
