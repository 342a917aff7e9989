"""Smoke, steam and flames: soft, semi-transparent noise within a soft outline."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import body_contour, fill_contour
from hop_tf.datasets.transforms.noise import fractal_noise, smoothstep


def draw_smoke(rng: np.random.Generator, size: int) -> Drawing:
    """Draw billows."""
    field = fractal_noise(rng, size, int(rng.integers(2, 5)), int(rng.integers(3, 6)), rng.uniform(0.4, 0.65))
    if rng.random() < 0.4:
        field = 1 - np.abs(2 * field - 1)
    low = rng.uniform(0.1, 0.5)
    density = smoothstep(field, low, low + rng.uniform(0.25, 0.6))
    outline = fill_contour(body_contour(rng, size, 0.4, 0.7, 0.3), size, 1)
    outline = cv2.GaussianBlur(outline, (0, 0), rng.uniform(0.02, 0.12) * size)
    peak = rng.uniform(0.4, 1.3)
    return Drawing(np.clip(density * outline * peak, 0, 1), 0.3 + 0.4 * field)
