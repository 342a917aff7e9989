"""A user's marks on a photo, scaled to the size that is segmented."""

from typing import NamedTuple

import cv2
import numpy as np

from hop_tf.pictures.array_check import check_image, describe
from hop_tf.pictures.eight_bit import change_depth

Box = tuple[int, int, int, int]

WORKING_SIZE = 256  # longer side in pixels of the copy that is segmented


class Marks(NamedTuple):
    """A small copy of a photo and what the user marked on it.

    Attributes:
        photo: uint8 `[height, width, 3]`, RGB.
        box: bool `[height, width]`, the inside of the box; everywhere if there is none.
        has_box: whether there is a box.
        foreground: bool `[height, width]`, strokes within the object.
        background: bool `[height, width]`, strokes within the background.
    """

    photo: np.ndarray
    box: np.ndarray
    has_box: bool
    foreground: np.ndarray
    background: np.ndarray


def shrink(photo: np.ndarray, box: Box | None, foreground: np.ndarray | None, background: np.ndarray | None) -> Marks:
    """Scale a photo and its marks to the working size; the arguments are those of `segmentation.segment`.

    Raises:
        ValueError: if an array has another type or shape.
    """
    check_marks(photo, foreground, background)
    height, width = photo.shape[:2]
    scale = min(1.0, WORKING_SIZE / max(height, width))
    shape = max(1, round(height * scale)), max(1, round(width * scale))
    inside = np.ones((height, width), bool)
    if box is not None:
        inside[:] = False
        inside[slices(box)] = True
    is_foreground, is_background = (
        np.zeros(shape, bool) if strokes is None else _resized(strokes, shape) > 0  # thin strokes stay
        for strokes in (foreground, background)
    )
    return Marks(
        cv2.resize(change_depth(photo, np.uint8), shape[::-1], interpolation=cv2.INTER_AREA),
        _resized(inside, shape) > 0.5,
        box is not None,
        is_foreground & ~is_background,
        is_background,
    )


def check_marks(photo: np.ndarray, foreground: np.ndarray | None, background: np.ndarray | None) -> None:
    """Raise a `ValueError` unless a photo and its strokes have the dtypes and shapes of `segmentation.segment`."""
    check_image(photo)
    for name, strokes in (("foreground", foreground), ("background", background)):
        if strokes is not None and (strokes.dtype != bool or strokes.shape != photo.shape[:2]):
            raise ValueError(
                f"`{name}` must be a bool array of the photo's shape, {photo.shape[:2]}. Received: {describe(strokes)}"
            )


def slices(box: Box, margin: float = 0) -> tuple[slice, slice]:
    """Return the rows and columns of a box, for arrays `[height, width, ...]`.

    Args:
        box: (x, y, width, height) in pixels. Parts outside the photo are ignored.
        margin: added on each side, as a share of the box's width or height.
    """
    x, y, width, height = box
    rows, columns = (
        slice(max(start - round(margin * size), 0), max(start + size + round(margin * size), 0))
        for start, size in ((y, height), (x, width))
    )
    return rows, columns


def _resized(region, shape):
    return cv2.resize(region.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)
