"""Unknown bands that are too narrow: alpha that meets known pixels at neither 0 nor 1, and wider bands there."""

import math
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from hop_tf.pictures.trimap import UNKNOWN, split_trimap

OFF = 0.2  # difference between the alpha at the band's edge and the known alpha beside it larger than noise
SHARE = 0.015  # of the edge; the bands of good trimaps stay below 0.012
FEWEST = 24  # pixels at the edge that are worth a line
STEP = 16  # pixels to widen by at a time
ROUNDS = 5


class NarrowBand(NamedTuple):
    """Where an unknown band is too narrow.

    Attributes:
        leaks: bool `[height, width]`, the unknown pixels beside known ones whose alpha differs clearly from theirs.
        share: share of the band's edge that these are, in 0..1.
    """

    leaks: np.ndarray
    share: float


class Widened(NamedTuple):
    """A trimap with a wider unknown band, and its alpha.

    Attributes:
        trimap: uint8 `[height, width]`.
        alpha: float32 `[height, width]`.
        by: how far the band was widened, in pixels.
        pixels: how far it needed to be widened, at least 1: 95 % of the pixels where the new alpha contradicts the old
            trimap are nearer to the old band.
        settled: whether the new band is wide enough.
    """

    trimap: np.ndarray
    alpha: np.ndarray
    by: int
    pixels: int
    settled: bool


def narrow_band(alpha: np.ndarray, trimap: np.ndarray) -> NarrowBand | None:
    """Return where an unknown band is too narrow, or `None` if it is wide enough.

    A band is wide enough if alpha reaches 0 before it meets known background, and 1 before it meets known foreground.

    Args:
        alpha: float32 `[height, width]` in 0..1, predicted with this trimap.
        trimap: uint8 `[height, width]`.
    """
    unknown, known_alpha = split_trimap(trimap)
    leaks, edges, is_narrow = np.zeros_like(unknown), 0, False
    for known, difference in ((~unknown & (known_alpha == 0), alpha), (known_alpha == 1, 1 - alpha)):
        edge = unknown & cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        off = edge & (difference > OFF)
        is_narrow |= off.sum() >= max(SHARE * edge.sum(), FEWEST)
        leaks |= off
        edges += edge.sum()
    return NarrowBand(leaks, float(leaks.sum() / edges)) if is_narrow else None


def widen_narrow_band(
    predict: Callable[[np.ndarray, np.ndarray], np.ndarray],
    image: np.ndarray,
    trimap: np.ndarray,
    alpha: np.ndarray,
    rounds: int = ROUNDS,
) -> Widened:
    """Widen an unknown band where it is too narrow and predict alpha again, until it is wide enough.

    Args:
        predict: function of `image` and `trimap` that returns alpha, such as `Predictor.predict`.
        image: uint8 `[height, width, 3]`, RGB.
        trimap: uint8 `[height, width]`.
        alpha: float32 `[height, width]` in 0..1, predicted with this trimap.
        rounds: how often to widen at most; each time by `STEP` pixels, and one more prediction.

    Returns:
        The last trimap and its alpha; those given if the band is wide enough.

    Example:
        >>> alpha = predictor.predict(photo, trimap)
        >>> alpha = widen_narrow_band(predictor.predict, photo, trimap, alpha).alpha
    """
    before, band, by = trimap, narrow_band(alpha, trimap), 0
    while band and by < rounds * STEP:
        by += STEP
        trimap = np.where(_distance(band.leaks) <= STEP, np.uint8(UNKNOWN), trimap)
        alpha = predict(image, trimap)
        band = narrow_band(alpha, trimap)
    return Widened(trimap, alpha, by, _reach(alpha, before), band is None)


def _reach(alpha, trimap):
    unknown, known_alpha = split_trimap(trimap)
    wrong = ~unknown & (np.abs(alpha - known_alpha) > OFF)
    return 1 + (math.ceil(np.percentile(_distance(unknown)[wrong], 95)) if wrong.any() else 0)


def _distance(region):
    """Return the distance of each pixel from a region."""
    return cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
