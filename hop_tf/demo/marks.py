"""Marks that a visitor draws on a photo: a box around the object, and strokes."""

from typing import Any, NamedTuple

import cv2
import numpy as np

from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from hop_tf.trimaps.segmentation import Box

LEVELS = {"background": BACKGROUND, "unknown": UNKNOWN, "foreground": FOREGROUND}
NOTHING = 1  # level of a pixel without a stroke
_LEVELS_OF_TOOLS = {**LEVELS, "eraser": NOTHING}
_LARGEST = 32_000  # OpenCV's limits on coordinates and widths lie just above


class Mark(NamedTuple):
    """A box or a stroke.

    Attributes:
        tool: `"box"`, `"foreground"`, `"background"`, `"unknown"` or `"eraser"`.
        points: float `[points, 2]`, x and y; two opposite corners of a box, or the path of a stroke.
        width: width of a stroke.
        guides: whether a stroke moves the outline of the object, as well as painting the trimap.
    """

    tool: str
    points: np.ndarray
    width: float
    guides: bool


class Drawing(NamedTuple):
    """Marks as pictures.

    Attributes:
        box: the last box, or `None`.
        paint: uint8 `[height, width]`, the levels of the strokes, `NOTHING` elsewhere.
        guides: uint8 `[height, width]`, the same for strokes that move the outline.
    """

    box: Box | None
    paint: np.ndarray
    guides: np.ndarray


def read_marks(value: Any) -> list[Mark]:
    """Read the marks that the canvas sends.

    Args:
        value: decoded JSON from a browser, which may hold anything; `None` for no marks.

    Raises:
        ValueError: if it does not hold marks.
    """
    try:
        marks = [] if value is None else [_read_mark(mark) for mark in value["marks"]]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"the canvas must send a list of marks. Received: {str(value)[:200]}") from error
    return marks


def draw(marks: list[Mark], scale: float, shape: tuple[int, ...]) -> Drawing:
    """Draw marks one over the other.

    Args:
        marks: from `read_marks`.
        scale: factor from their coordinates to pixels of the drawing.
        shape: (height, width, ...) of the drawing.
    """
    height, width = shape[:2]
    paint, guides = np.full((2, height, width), NOTHING, np.uint8)
    box = None
    for mark in marks:
        points = np.clip(mark.points * scale, -_LARGEST, _LARGEST)
        if mark.tool == "box":
            (left, top), (right, bottom) = np.sort(points, axis=0).round().astype(int).tolist()
            box = left, top, right - left, bottom - top
            continue
        thickness = int(np.clip(mark.width * scale - 1, 1, _LARGEST))  # OpenCV adds a pixel, or two
        path, level = np.floor([points[0], *points]).astype(np.int32), _LEVELS_OF_TOOLS[mark.tool]  # a click is a dot
        for layer in [paint] + [guides] * (mark.guides or mark.tool == "eraser"):
            cv2.polylines(layer, [path], isClosed=False, color=level, thickness=thickness)
    return Drawing(box, paint, guides)


def _read_mark(mark) -> Mark:
    points = np.array(mark["points"], float)
    width = float(mark["width"])
    if mark["tool"] != "box" and mark["tool"] not in _LEVELS_OF_TOOLS:
        raise ValueError("an unknown tool")
    is_box = mark["tool"] == "box"
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or (is_box and len(points) != 2):
        raise ValueError("points of another shape")
    if not np.isfinite(points).all() or not 0 <= width < np.inf:
        raise ValueError("numbers that are not finite")
    return Mark(mark["tool"], points, width, bool(mark["guides"]))
