"""Closed contours and how to fill them without stair-steps."""

import cv2
import numpy as np

_SHIFT = 4


def log_uniform(rng, low, high):
    """A number of low..high whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def blob_contour(rng, centre, radius, roughness=0.25, harmonics=5, points=160):
    """A closed wavy outline around ``centre``.

    Returns:
        float32 [points, 2], x and y, in order of angle.
    """
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = np.ones(points)
    for k in range(1, harmonics + 1):
        reach += roughness / k * rng.normal() * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    reach = radius * np.maximum(reach, 0.2)
    stretch = rng.uniform(0.75, 1.3)
    outline = np.stack([reach * np.cos(angle) * stretch, reach * np.sin(angle) / stretch], axis=1)
    turn = rng.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (outline @ rotation.T + np.asarray(centre)).astype(np.float32)


def body_contour(rng, size, low=0.3, high=0.6, roughness=0.2):
    """Outline of a large body, cut off by the picture's border, that covers a good part of the picture."""
    radius = rng.uniform(low, high) * size
    direction = rng.uniform(0, 2 * np.pi)
    distance = radius * rng.uniform(0.3, 1.0)
    centre = size / 2 + distance * np.array([np.cos(direction), np.sin(direction)])
    return blob_contour(rng, centre, radius, roughness, harmonics=int(rng.integers(2, 7)))


def visible(points, size, margin):
    """Those of ``points`` [N, 2] that lie in the picture or at most ``margin`` of its side outside; all if none do."""
    near = ((points > -margin * size) & (points < (1 + margin) * size)).all(axis=1)
    return points[near] if near.any() else points


def to_fixed(points, scale=1.0):
    """Float points to OpenCV's fixed-point integers; draw them with ``shift=FIXED_SHIFT``."""
    return np.rint(np.asarray(points) * (scale * (1 << _SHIFT))).astype(np.int32)


def fill_contour(points, size, supersample=2):
    """Antialiased filled outline; float32 [size, size], 0..1."""
    canvas = np.zeros((size * supersample, size * supersample), np.uint8)
    cv2.fillPoly(canvas, [to_fixed(points, supersample)], 255, cv2.LINE_AA, shift=_SHIFT)
    return shrink_coverage(canvas, size)


def shrink_coverage(canvas, size):
    """Area-averages a supersampled uint8 canvas to ``size``; float32, 0..1."""
    if canvas.shape[0] != size:
        canvas = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return canvas.astype(np.float32) / 255


FIXED_SHIFT = _SHIFT
