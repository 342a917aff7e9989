"""Trimaps with large unknown regions: everything around fine structures, or all but a few known places."""

import cv2
import numpy as np

from hop_tf.datasets.transforms.trimap import CERTAIN_BACKGROUND, CERTAIN_FOREGROUND, depth_in
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN


def bounding_trimap(rng: np.random.Generator, alpha: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Draw a trimap whose background keeps so far away that most gaps between fine structures are unknown.

    Args:
        rng: random generator.
        alpha: float32 `[size, size]` in 0..1.
        scale: factor of all widths.

    Returns:
        uint8 `[size, size]`: 255 only where alpha is at least 0.98, 0 only where it is at most 0.02, else 128.
    """
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[depth_in(alpha >= CERTAIN_FOREGROUND) > scale * rng.uniform(2, 14)] = FOREGROUND
    trimap[depth_in(alpha <= CERTAIN_BACKGROUND) > scale * np.exp(rng.uniform(np.log(4), np.log(40)))] = BACKGROUND
    return trimap


def sparse_trimap(rng: np.random.Generator, alpha: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Draw a trimap that is known on one side only, or under a few strokes or spots.

    Two in five of these trimaps also know the thick parts of the foreground, or of the background, everywhere.

    Args:
        rng: random generator.
        alpha: float32 `[size, size]` in 0..1.
        scale: factor of all widths.

    Returns:
        uint8 `[size, size]`, as in `bounding_trimap`.
    """
    known = _known_places(rng, alpha.shape[0])
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    depths = {FOREGROUND: depth_in(alpha >= CERTAIN_FOREGROUND), BACKGROUND: depth_in(alpha <= CERTAIN_BACKGROUND)}
    for level, depth in depths.items():
        trimap[known & (depth > scale * rng.uniform(0.5, 5))] = level
    if rng.random() < 0.4:
        level = FOREGROUND if rng.random() < 0.5 else BACKGROUND
        trimap[depths[level] > scale * rng.uniform(5, 25)] = level
    return trimap


def _known_places(rng, size):
    """Return one side of a straight line, or some strokes or spots: bool `[size, size]`."""
    kind = rng.choice(["side", "strokes", "spots"], p=[0.5, 0.25, 0.25])
    if kind == "side":
        row, column = np.mgrid[:size, :size] - size / 2
        angle = rng.uniform(0, 2 * np.pi)
        return np.cos(angle) * column + np.sin(angle) * row > rng.uniform(0, 0.42) * size
    places = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(1, 7))):
        start, end = (tuple(map(int, point)) for point in rng.integers(0, size, (2, 2)))
        width = max(1, round(rng.uniform(0.02, 0.15) * size))
        if kind == "strokes":
            cv2.line(places, start, end, 1, width)
        else:
            cv2.circle(places, start, width, 1, -1)
    return places.astype(bool)
