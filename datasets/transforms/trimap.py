"""Trimaps as people draw them: bands of all widths, even and uneven, around what is not certain.

The common deep-matting recipe erodes the certain foreground and background by random amounts. Here the distance to
the nearest uncertain pixel stands for the erosion, so a width may be any number and may vary over the picture.
"""

import cv2
import numpy as np

from hop_tf.datasets.transforms.noise import smooth_noise

FOREGROUND, UNKNOWN, BACKGROUND = 255, 128, 0

#: Alpha from which a pixel counts as foreground, and up to which it counts as background.
CERTAIN_FOREGROUND, CERTAIN_BACKGROUND = 0.98, 0.02


def make_trimap(rng, alpha, scale=1.0):
    """A random trimap that never contradicts ``alpha``.

    Args:
        rng: numpy.random.Generator.
        alpha: float32 [H, W], 0..1, square.
        scale: factor on all widths.

    Returns:
        uint8 [H, W]: 255 where alpha is at least 0.98 only, 0 where it is at most 0.02 only, 128 elsewhere.
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


def leave_open(rng, trimap, region, scale=1.0):
    """Makes the certain foreground in a region, and near it, unknown.

    Args:
        rng: numpy.random.Generator.
        trimap: uint8 [H, W], changed in place.
        region: bool [H, W].
        scale: factor on the width of what is near.
    """
    trimap[(_distance(~region) <= random_width(rng) * scale) & (trimap == FOREGROUND)] = UNKNOWN


def random_width(rng):
    """Width of a band in pixels: mostly 1 to 25 and rather small, now and then up to 80."""
    if rng.random() < 0.08:
        return rng.uniform(20, 80)
    return float(np.exp(rng.uniform(0, np.log(25))))


def _band(rng, width, size):
    """The width over the picture: one number, or float32 [size, size] for an uneven band."""
    if rng.random() < 0.5:
        return width
    other = random_width(rng) * 0.5 + width * 0.5
    mask = np.clip(0.5 + 0.9 * smooth_noise(rng, size, int(rng.integers(2, 7))), 0, 1)
    return width * (1 - mask) + other * mask


def _distance(mask):
    """Euclidean distance in pixels from each pixel of ``mask`` to the nearest one outside; float32."""
    if mask.all():
        return np.full(mask.shape, np.inf, np.float32)
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)


def _draw_region(rng, mask, band, smoothness, scale):
    """The certain part of ``mask`` as a hand would outline it: away from the edge, round-cornered, without specks.

    Args:
        mask: bool [H, W].
        band: distance kept from the mask's edge, a number or float32 [H, W].
        smoothness: radius in pixels of the smallest corner or spur that is drawn; 0 follows every detail.

    Returns:
        bool [H, W], a subset of ``mask``.
    """
    if smoothness < 0.5:
        return _distance(mask) > band
    core = _distance(mask) > band + smoothness
    region = mask & (_distance(~core) < smoothness)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8), connectivity=4)
    keep = stats[:, cv2.CC_STAT_AREA] >= rng.uniform(10, 300) * scale**2
    keep[0] = False
    return keep[labels]


def _strokes(rng, foreground, background, scale):
    """Strokes of a round brush along the edge, as a bool mask [H, W]."""
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
    """A large spot at the edge that somebody painted over as a whole, opaque parts included; bool mask [H, W]."""
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
