"""Smooth random fields, from which smoke, folds, textures and uneven trimaps are made."""

import cv2
import numpy as np


def smooth_noise(rng: np.random.Generator, size: int, cells: int) -> np.ndarray:
    """Return one octave of smooth noise.

    Args:
        rng: random generator.
        size: side of the field in pixels.
        cells: number of random grid cells along a side; more cells make a finer field.

    Returns:
        float32 array `[size, size]`, about -1..1 with a mean near 0.
    """
    grid = rng.uniform(-1, 1, (cells + 3, cells + 3)).astype(np.float32)
    cell = size / cells
    offset = rng.uniform(0, 1, 2)
    to_grid = np.float32([[1 / cell, 0, 0.5 + offset[0]], [0, 1 / cell, 0.5 + offset[1]]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(grid, to_grid, (size, size), flags=flags, borderMode=cv2.BORDER_REFLECT)


def fractal_noise(
    rng: np.random.Generator, size: int, cells: int = 2, octaves: int = 4, gain: float = 0.5
) -> np.ndarray:
    """Return a sum of octaves of smooth noise, each twice as fine and `gain` times as strong as the one before.

    Args:
        rng: random generator.
        size: side of the field in pixels.
        cells: number of grid cells along a side in the first octave.
        octaves: number of octaves.
        gain: ratio of the strengths of successive octaves.

    Returns:
        float32 array `[size, size]`, rescaled to exactly 0..1.
    """
    field = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        field += gain**octave * smooth_noise(rng, size, cells * 2**octave)
    low, high = float(field.min()), float(field.max())
    return (field - low) / max(high - low, 1e-6)


def smoothstep(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map values to 0..1 by a smooth ramp from 0 at `low` to 1 at `high`; float32, same shape."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)
