"""Smooth random fields, the raw material of smoke, folds, textures and uneven trimaps."""

import cv2
import numpy as np


def smooth_noise(rng, size, cells):
    """One octave of smooth noise.

    Args:
        rng: numpy.random.Generator.
        size: side of the field in pixels.
        cells: number of random grid cells along a side; the higher, the finer the field.

    Returns:
        float32 [size, size], about -1..1, mean near 0.
    """
    grid = rng.uniform(-1, 1, (cells + 3, cells + 3)).astype(np.float32)
    cell = size / cells
    offset = rng.uniform(0, 1, 2)
    to_grid = np.float32([[1 / cell, 0, 0.5 + offset[0]], [0, 1 / cell, 0.5 + offset[1]]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(grid, to_grid, (size, size), flags=flags, borderMode=cv2.BORDER_REFLECT)


def fractal_noise(rng, size, cells=2, octaves=4, gain=0.5):
    """Sum of octaves of smooth noise, each twice as fine and ``gain`` times as strong as the one before.

    Returns:
        float32 [size, size], rescaled to span exactly 0..1.
    """
    field = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        field += gain**octave * smooth_noise(rng, size, cells * 2**octave)
    low, high = float(field.min()), float(field.max())
    return (field - low) / max(high - low, 1e-6)


def smoothstep(values, low, high):
    """Rises smoothly from 0 at ``low`` to 1 at ``high``; float32, shape of ``values``."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)
