"""Solid shapes with edges from razor-sharp to far out of focus."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import blob_contour, body_contour, fill_contour
from hop_tf.datasets.transforms.noise import fractal_noise


def draw_blobs(rng: np.random.Generator, size: int) -> Drawing:
    """Draw one to four shapes."""
    alpha = np.zeros((size, size), np.float32)
    for index in range(int(rng.integers(1, 5))):
        shape = _shape(rng, size, large=index == 0)
        alpha = np.maximum(alpha, _soften(rng, shape, size))
    return Drawing(alpha)


def _shape(rng, size, large):
    if large and rng.random() < 0.7:
        return fill_contour(body_contour(rng, size, roughness=rng.uniform(0.05, 0.4)), size)
    centre = rng.uniform(0.15, 0.85, 2) * size
    radius = rng.uniform(0.08, 0.35) * size
    if rng.random() < 0.5:
        return fill_contour(blob_contour(rng, centre, radius, rng.uniform(0, 0.5)), size)
    corners = int(rng.integers(3, 8))
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = radius * rng.uniform(0.5, 1.5, corners)
    points = centre + np.stack([np.cos(angle) * reach, np.sin(angle) * reach], axis=1)
    return fill_contour(points.astype(np.float32), size)


def _soften(rng, shape, size):
    """Apply no blur, an even blur of up to 20 pixels (for a side of 240), or a blur that varies along the edge."""
    choice = rng.random()
    if choice < 0.3:
        return shape
    sigma = 20 * size / 240 * rng.random() ** 2 + 0.3
    soft = cv2.GaussianBlur(shape, (0, 0), sigma)
    if choice < 0.7:
        return soft
    mask = fractal_noise(rng, size, 2, 1)
    return shape * (1 - mask) + soft * mask
