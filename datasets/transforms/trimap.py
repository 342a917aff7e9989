"""Trimaps as people draw them: even and uneven bands of all widths around the uncertain pixels.

The usual recipe of deep matting erodes the certain foreground and background by random amounts. Here, thresholds of
the distance to the nearest uncertain pixel replace the erosion, so widths can be fractional and vary over the picture.
"""

import cv2
import numpy as np

from hop_tf.datasets.transforms.noise import smooth_noise
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN

#: A pixel may be marked as foreground from the first of these alphas, as background up to the second.
CERTAIN_FOREGROUND, CERTAIN_BACKGROUND = 0.98, 0.02


def make_trimap(rng: np.random.Generator, alpha: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Draw a random trimap that never contradicts `alpha`.

    Args:
        rng: random generator.
        alpha: float32 array `[size, size]` in 0..1.
        scale: factor of all widths.

    Returns:
        uint8 array `[size, size]`: 255 only where alpha is at least 0.98, 0 only where it is at most 0.02, else 128.
    """
    size = alpha.shape[0]
    foreground, background = alpha >= CERTAIN_FOREGROUND, alpha <= CERTAIN_BACKGROUND
    inner, outer = random_width(rng), random_width(rng)
    if rng.random() < 0.4:
        outer = inner * rng.uniform(0.7, 1.4)
    foreground_band, background_band = (_band(rng, width * scale, size) for width in (inner, outer))
    smoothness = rng.uniform(0, 6), np.exp(rng.uniform(0, np.log(16)))
    if rng.random() < 0.2:
        smoothness = 0.0, 0.0
    certain_foreground = _draw_region(rng, foreground, foreground_band, smoothness[0] * scale, scale)
    certain_background = _draw_region(rng, background, background_band, smoothness[1] * scale, scale)
    if rng.random() < 0.35:
        strokes = _strokes(rng, foreground, background, scale)
        certain_foreground &= ~strokes
        certain_background &= ~strokes
    if rng.random() < 0.1:
        certain_foreground &= ~_swallowed(rng, foreground, scale)
    if rng.random() < 0.05:
        certain_background &= ~_swallowed(rng, foreground, scale)
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[certain_foreground] = FOREGROUND
    trimap[certain_background] = BACKGROUND
    return trimap


def leave_open(rng: np.random.Generator, trimap: np.ndarray, region: np.ndarray, scale: float = 1.0) -> None:
    """Mark the foreground in a region, and near it, as unknown.

    Args:
        rng: random generator.
        trimap: uint8 array `[height, width]`, changed in place.
        region: bool array `[height, width]`.
        scale: factor of the distance that counts as near.
    """
    trimap[(depth_in(~region) <= random_width(rng) * scale) & (trimap == FOREGROUND)] = UNKNOWN


def random_width(rng: np.random.Generator) -> float:
    """Return a random width of a band: usually 1 to 25 pixels, mostly narrow, and rarely up to 80."""
    if rng.random() < 0.08:
        return rng.uniform(20, 80)
    return float(np.exp(rng.uniform(0, np.log(25))))


def depth_in(mask: np.ndarray) -> np.ndarray:
    """Return the Euclidean distance in pixels from each pixel of a mask to the nearest one outside; float32."""
    if mask.all():
        return np.full(mask.shape, np.inf, np.float32)
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)


def _band(rng, width, size):
    """Return the width of a band: one number, or float32 `[size, size]` if it varies over the picture."""
    if rng.random() < 0.5:
        return width
    other = random_width(rng) * 0.5 + width * 0.5
    mask = np.clip(0.5 + 0.9 * smooth_noise(rng, size, int(rng.integers(2, 7))), 0, 1)
    return width * (1 - mask) + other * mask


def _draw_region(rng, mask, band, smoothness, scale):
    """Outline the certain part of `mask` as a person would: off the edge, with round corners and without specks.

    Args:
        rng: random generator.
        mask: bool array `[height, width]`.
        band: distance to keep from the mask's edge, a number or float32 `[height, width]`.
        smoothness: radius in pixels of the smallest corner or spur to draw; 0 follows every detail.
        scale: the size of the smallest specks grows with its square.

    Returns:
        bool array `[height, width]`, a subset of `mask`.
    """
    if smoothness < 0.5:
        return depth_in(mask) > band
    core = depth_in(mask) > band + smoothness
    region = mask & (depth_in(~core) < smoothness)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8), connectivity=4)
    keep = stats[:, cv2.CC_STAT_AREA] >= rng.uniform(10, 300) * scale**2
    keep[0] = False
    return keep[labels]


def _strokes(rng, foreground, background, scale):
    """Paint strokes of a round brush along the edge; bool `[height, width]`."""
    uncertain = np.flatnonzero(~(foreground | background) | _edge(foreground))
    strokes = np.zeros(foreground.shape, np.uint8)
    if uncertain.size == 0:
        return strokes.astype(bool)
    radius = (3 + 15 * rng.random() ** 2) * scale
    for flat in uncertain[rng.integers(0, uncertain.size, int(rng.integers(15, 50)))]:
        row, column = divmod(int(flat), foreground.shape[1])
        across = rng.normal(0, radius, 2)
        ends = (np.array([column, row]) + np.outer([-1, 1], across)).round().astype(int)
        cv2.line(strokes, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 1, max(1, round(2 * radius)))
    return strokes.astype(bool)


def _swallowed(rng, foreground, scale):
    """Cover a large spot at the edge entirely, including its opaque parts; bool `[height, width]`."""
    edge = np.flatnonzero(_edge(foreground))
    spot = np.zeros(foreground.shape, np.uint8)
    if edge.size == 0:
        return spot.astype(bool)
    row, column = divmod(int(edge[rng.integers(edge.size)]), foreground.shape[1])
    axes = np.exp(rng.uniform(np.log(15), np.log(120), 2)) * scale
    cv2.ellipse(spot, (column, row), tuple(int(a) + 1 for a in axes), rng.uniform(0, 180), 0, 360, 1, -1)
    return spot.astype(bool)


def _edge(mask):
    mask = mask.astype(np.uint8)
    return cv2.dilate(mask, np.ones((3, 3), np.uint8)) != mask
