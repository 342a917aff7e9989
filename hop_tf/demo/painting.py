"""From marks to a trimap, and its display over the photo."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from hop_tf.demo.marks import LEVELS, NOTHING, Drawing, Mark, draw
from hop_tf.errors import UserError
from hop_tf.pictures.mask_levels import two_levels
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN, split_trimap
from hop_tf.trimaps.band import trimap_of
from hop_tf.trimaps.gaps import fill_gaps
from hop_tf.trimaps.segmentation import segment

COLOURS = {"background": (30, 60, 255), "unknown": (255, 210, 0), "foreground": (255, 0, 150)}
_OPACITIES = {"background": 90, "unknown": 130, "foreground": 100}


class RememberedSegmentation:
    """Segmentation of one photo that answers a repeated question from memory, as when only the width changes."""

    def __init__(self) -> None:
        self._last: tuple[tuple, np.ndarray] | None = None  # one tuple, because events may run in several threads

    def __call__(self, photo: np.ndarray, box=None, foreground=None, background=None) -> np.ndarray:
        """Return what `hop_tf.trimaps.segmentation.segment` returns."""
        question = box, foreground.tobytes(), background.tobytes()
        last = self._last
        if last is None or last[0] != question:
            self._last = last = question, segment(photo, box, foreground, background)
        return last[1]


def trimap_from_marks(
    photo: np.ndarray,
    marks: list[Mark],
    given: np.ndarray | None = None,
    width: float | None = None,
    scale: float = 1.0,
    segment: Callable[..., np.ndarray] = segment,
) -> np.ndarray:
    """Return the trimap that a visitor means.

    A box, or strokes of foreground and background, find an object, whose edge gets an unknown band. A given trimap
    takes its place if there is no box. A mask gets the same band. Strokes are then painted over it. Gaps that the
    foreground and the unknown region enclose are foreground, unless a stroke of background lies in them or they are in
    the given trimap.

    Args:
        photo: uint8 `[height, width, 3]`, RGB.
        marks: the marks, in the order in which they were drawn.
        given: uint8 `[height, width]`, a trimap or a mask of two levels, or `None`.
        width: width of the unknown band, in pixels; `None` chooses it.
        scale: factor from the coordinates of the marks to pixels of the photo.
        segment: a function like `hop_tf.trimaps.segmentation.segment`.

    Returns:
        uint8 `[height, width]` with the levels 0, 128 and 255.

    Raises:
        UserError: if the marks leave no object.
    """
    drawing = draw(marks, scale, photo.shape)
    if drawing.box is None and given is not None:
        return _painted(_trimap_of_given(photo, given, width), drawing)
    if drawing.box is not None or _guides_to_both(drawing):
        mask = fill_gaps(_segmented(segment, photo, drawing), drawing.paint == BACKGROUND)
        trimap = trimap_of(photo, mask, width)
    else:
        trimap = np.full(photo.shape[:2], BACKGROUND, np.uint8)
    trimap = _painted(trimap, drawing)
    covered = trimap != BACKGROUND
    trimap[fill_gaps(covered, drawing.paint == BACKGROUND) & ~covered] = FOREGROUND
    return trimap


def advice(marks: list[Mark], trimap: np.ndarray) -> str:
    """Return the next step towards a good trimap, in a short sentence, or an empty text."""
    tools = {mark.tool for mark in marks}
    if (trimap == UNKNOWN).any():
        return "Cut it out, or correct it with strokes first." if tools == {"box"} else ""
    if "foreground" in tools:
        return "Now stroke over some background, or drag a box around the object."
    return "Now stroke over the object, or drag a box around it."


def is_mask(levels: np.ndarray) -> bool:
    """Return whether a picture has only two levels of which none means unknown.

    Args:
        levels: uint8 `[height, width]`.
    """
    levels_of_mask = two_levels(levels)
    return levels_of_mask is not None and not any(abs(level - UNKNOWN) <= 1 for level in levels_of_mask)


def overlay(trimap: np.ndarray) -> Image.Image:
    """Return a trimap in translucent colours, to lie over its photo.

    Args:
        trimap: uint8 `[height, width]` with the levels 0, 128 and 255.
    """
    image = Image.fromarray(np.searchsorted([BACKGROUND, UNKNOWN, FOREGROUND], trimap).astype(np.uint8), "P")
    order = sorted(LEVELS, key=LEVELS.__getitem__)
    image.putpalette([value for name in order for value in (*COLOURS[name], _OPACITIES[name])], "RGBA")
    return image


def _guides_to_both(drawing: Drawing) -> bool:
    return all((drawing.guides == level).any() for level in (FOREGROUND, BACKGROUND))


def _segmented(segment, photo: np.ndarray, drawing: Drawing) -> np.ndarray:
    try:
        return segment(photo, drawing.box, drawing.guides == FOREGROUND, drawing.guides == BACKGROUND)
    except ValueError as error:
        raise UserError("no object is left; the box must lie on the photo, and not be all background") from error


def _trimap_of_given(photo: np.ndarray, given: np.ndarray, width: float | None) -> np.ndarray:
    if is_mask(given):
        return trimap_of(photo, given, width)
    unknown, known_alpha = split_trimap(given)
    return np.where(unknown, UNKNOWN, known_alpha * FOREGROUND).astype(np.uint8)


def _painted(trimap: np.ndarray, drawing: Drawing) -> np.ndarray:
    return np.where(drawing.paint == NOTHING, trimap, drawing.paint)
