"""Segmentation of a photo from a box and strokes, by GrabCut from several first guesses."""

import cv2
import numpy as np

from hop_tf.trimaps.gaps import fill_gaps
from hop_tf.trimaps.grab_cut import grab_cut
from hop_tf.trimaps.guesses import background_seeds, guesses
from hop_tf.trimaps.marks import Box, shrink, slices
from hop_tf.trimaps.plausibility import plausibility

__all__ = ["Box", "confidence", "segment"]

_SHARPNESS = 4  # exponent of the plausibility: larger numbers trust the best region more


def segment(
    photo: np.ndarray,
    box: Box | None = None,
    foreground: np.ndarray | None = None,
    background: np.ndarray | None = None,
) -> np.ndarray:
    """Segment the object that a box and strokes mark.

    Args:
        photo: uint8 or uint16 `[height, width, 3]`, RGB.
        box: (x, y, width, height) in pixels, around the whole object; everything outside is background. Parts of the
            box outside the photo are ignored.
        foreground: bool `[height, width]`, strokes within the object.
        background: bool `[height, width]`, strokes within the background. They override `foreground`.

    Returns:
        bool `[height, width]`, the object: where `confidence` is at least 0.5.

    Raises:
        ValueError: if an array has another type or shape; if there is neither a box on the photo nor strokes of both
            foreground and background; or if the background covers the whole box.
    """
    return confidence(photo, box, foreground, background) >= 0.5


def confidence(
    photo: np.ndarray,
    box: Box | None = None,
    foreground: np.ndarray | None = None,
    background: np.ndarray | None = None,
) -> np.ndarray:
    """Return each pixel's confidence of belonging to the object.

    GrabCut (Rother, Kolmogorov and Blake, 2004) segments a copy of the photo with a longer side of 256 pixels, so large
    photos take little longer than small ones. It starts from several guesses in RGB and in Lab. The results vote, with
    weights by how plausible they are as the object in the box.

    Args:
        photo, box, foreground, background: as in `segment`.

    Returns:
        float32 `[height, width]` in 0..1; 0 outside the box, and known along the strokes.

    Raises:
        ValueError: as in `segment`.
    """
    marks = shrink(photo, box, foreground, background)
    object_may_be = marks.box & ~marks.background
    if not object_may_be.any() or box is None and not (marks.foreground.any() and marks.background.any()):
        raise ValueError(
            "a box that overlaps the photo, or strokes of both foreground and background, are needed. Received: "
            f"box {box}, {marks.foreground.sum()} pixels of foreground, {marks.background.sum()} of background"
        )
    regions = [
        fill_gaps(region, marks.background)
        for guess in guesses(marks)
        for region in grab_cut(marks, guess & ~background_seeds(marks))
    ]
    weights = np.array([plausibility(region, marks) for region in regions]) ** _SHARPNESS
    weights = weights / weights.sum() if weights.any() else np.full(len(regions), 1 / len(regions))
    vote = np.tensordot(weights, np.array(regions, np.float64), axes=1).astype(np.float32)
    large = cv2.resize(vote, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    if box is not None:
        inside = np.zeros(large.shape, bool)
        inside[slices(box)] = True
        large[~inside] = 0
    for strokes, level in ((foreground, 1), (background, 0)):
        if strokes is not None:
            large[strokes] = level
    return np.clip(large, 0, 1)
