"""Patterns of cloth, paper and paint, which give one object many colours."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.shapes import blob_contour, fill_contour, log_uniform
from hop_tf.datasets.transforms.noise import smooth_noise


def draw_pattern(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw a random pattern of two materials, seen at an angle and possibly wavy.

    Args:
        rng: random generator.
        size: side in pixels.

    Returns:
        The share of the second material, float32 `[size, size]` in 0..1, with antialiased edges.
    """
    row, column = np.mgrid[:size, :size].astype(np.float32)
    if rng.random() < 0.5:
        wave = rng.uniform(0, 0.06) * size
        row, column = (axis + wave * smooth_noise(rng, size, int(rng.integers(2, 5))) for axis in (row, column))
    angle, pitch = rng.uniform(0, np.pi), log_uniform(rng, 0.03, 0.5) * size
    along = (column * np.cos(angle) + row * np.sin(angle)) / pitch
    across = (row * np.cos(angle) - column * np.sin(angle)) / pitch
    draw = PATTERNS[int(rng.integers(len(PATTERNS)))]
    return np.asarray(draw(rng, along, across, pitch, size), np.float32)


def _stripes(rng, along, across, pitch, size):
    return _inside(_ramp(along + rng.uniform()) - rng.uniform(0.2, 0.8) / 2, pitch)


def _checks(rng, along, across, pitch, size):
    one, other = (_inside(_ramp(axis) - 0.25, pitch) for axis in (along, across))
    return np.abs(one - other) if rng.random() < 0.5 else np.maximum(one, other)


def _dots(rng, along, across, pitch, size):
    distance = np.hypot(_ramp(along), _ramp(across))
    return _inside(distance - rng.uniform(0.15, 0.45), pitch)


def _cross(rng, along, across, pitch, size):
    """Draw one cross, as on flags, with arms up to half as wide as the picture."""
    half = rng.uniform(0.03, 0.25) * size / pitch
    offset = rng.uniform(0.2, 0.8, 2) * size / pitch
    return _inside(np.minimum(np.abs(along - offset[0]), np.abs(across - offset[1])) - half, pitch)


def _patches(rng, along, across, pitch, size):
    """Draw a few islands of any outline, like letters, buttons or faces."""
    share = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 9))):
        outline = blob_contour(
            rng, rng.uniform(0, 1, 2) * size, log_uniform(rng, 0.02, 0.3) * size, rng.uniform(0, 0.6)
        )
        share = np.maximum(share, fill_contour(outline, size, 1))
    return cv2.blur(share, (2, 2))


def _ramp(x):
    """Return the distance to the nearest integer, 0..0.5."""
    return np.abs(x - np.rint(x))


def _inside(distance, pitch):
    """Return 1 where a signed distance, in units of `pitch` pixels, is negative, with an edge one pixel wide."""
    return np.clip(0.5 - distance * pitch, 0, 1)


#: Islands are twice as frequent as each of the others.
PATTERNS = (_stripes, _checks, _dots, _cross, _patches, _patches)
