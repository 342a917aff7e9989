"""First guesses at the object, from which GrabCut starts. It ends in different places, so several are tried."""

import cv2
import numpy as np

from hop_tf.trimaps.marks import Marks

_ELLIPSES = 0.9, 0.7  # axes, in units of the box
_FRAME = 1.3  # if the box covers the whole photo, background is assumed in its corners, outside this ellipse
_ROUNDS = 3
_STEP = 0.3  # cost of a step between equal colours, in levels of Lab


def background_seeds(marks: Marks) -> np.ndarray:
    """Return the pixels that are taken for background, bool `[height, width]`."""
    seeds = ~marks.box | marks.background
    if seeds.mean() < 0.03 and not marks.background.any():
        seeds |= ~_ellipse(marks.box, _FRAME)
    return seeds & ~marks.foreground


def guesses(marks: Marks) -> list[np.ndarray]:
    """Return some regions that may be the object, bool `[height, width]`."""
    from_background = geodesic_distance(marks.photo, background_seeds(marks))
    if marks.foreground.any():
        from_foreground = geodesic_distance(marks.photo, marks.foreground)
        found = [from_background > from_foreground, _nearer(marks)]
    else:
        inside = from_background[marks.box]
        levels = np.clip(inside / max(inside.max(), 1e-6) * 255, 0, 255).astype(np.uint8)
        otsu, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        found = [from_background > otsu / 255 * inside.max(), from_background > np.median(inside)]
    if marks.has_box:
        found += [marks.box, *(_ellipse(marks.box, size) for size in _ELLIPSES)]
    return found


def geodesic_distance(photo: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Return each pixel's distance from seeds along the path on which colours change least.

    Args:
        photo: uint8 `[height, width, 3]`, RGB.
        seeds: bool `[height, width]`.

    Returns:
        float32 `[height, width]`, in levels of Lab.
    """
    lab = cv2.cvtColor(cv2.GaussianBlur(photo, (0, 0), 1), cv2.COLOR_RGB2LAB).astype(np.float32)
    down = np.linalg.norm(np.diff(lab, axis=0), axis=-1) + _STEP
    right = np.linalg.norm(np.diff(lab, axis=1), axis=-1) + _STEP
    distance = np.where(seeds, np.float32(0), np.float32(1e9))
    for _ in range(_ROUNDS):
        for lines, costs in ((distance, down), (distance.T, right.T)):  # views of one array
            for i in range(1, len(lines)):
                np.minimum(lines[i], lines[i - 1] + costs[i - 1], out=lines[i])
            for i in range(len(lines) - 2, -1, -1):
                np.minimum(lines[i], lines[i + 1] + costs[i], out=lines[i])
    return distance


def _nearer(marks):
    """Return the pixels that lie nearer to a stroke of foreground than to the background."""
    away = [
        cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for region in (marks.foreground, background_seeds(marks))
    ]
    return away[0] < away[1]


def _ellipse(box, size):
    (top, bottom), (left, right) = ((np.flatnonzero(box.any(axis=axis))[[0, -1]]) for axis in (1, 0))
    y, x = np.ogrid[: box.shape[0], : box.shape[1]]
    vertical = (2 * y - top - bottom) / (bottom - top + 1)
    horizontal = (2 * x - left - right) / (right - left + 1)
    return np.hypot(vertical, horizontal) <= size
