"""Plastic bags, glass and thin cloth: nearly constant opacity with folds and highlights."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import body_contour, fill_contour
from hop_tf.datasets.transforms.noise import fractal_noise, smoothstep


def draw_veils(rng: np.random.Generator, size: int) -> Drawing:
    """Draw a semi-transparent sheet with a clear outline."""
    outline = fill_contour(body_contour(rng, size, 0.35, 0.6, 0.25), size)
    field = fractal_noise(rng, size, int(rng.integers(2, 6)), 3, 0.5)
    folds = smoothstep(1 - np.abs(2 * field - 1), rng.uniform(0.6, 0.85), 1.0)
    base = rng.uniform(0.08, 0.8)
    opacity = base + rng.uniform(0, 0.15) * (field - 0.5) + rng.uniform(0, 0.8) * folds
    rim = outline - cv2.erode(outline, np.ones((3, 3), np.uint8), iterations=int(rng.integers(1, 4)))
    opacity = opacity + rng.uniform(0, 0.5) * rim
    if rng.random() < 0.5:
        solid = fill_contour(body_contour(rng, size, 0.12, 0.35), size)
        opacity = np.maximum(opacity, solid)
        outline = np.maximum(outline, solid)
    return Drawing(np.clip(opacity, 0, 1) * outline, np.clip(0.4 + 0.6 * folds, 0, 1))
