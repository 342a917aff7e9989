"""Fur: short dense hairs along the edge of a body, combed by a smooth field."""

import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import body_contour, log_uniform, visible
from hop_tf.datasets.sources.procedural.strands import grow_strands, paint_strands, strand_widths
from hop_tf.datasets.transforms.noise import smooth_noise


def draw_fur(rng: np.random.Generator, size: int) -> Drawing:
    """Draw a furry body."""
    unit = size / 240
    body = body_contour(rng, size)
    length = log_uniform(rng, 8, 34) * unit
    count = int(log_uniform(rng, 1500, 5000))
    edge = visible(body, size, 0.1)
    edge = edge[rng.integers(0, len(edge), count)] + rng.normal(0, 2.5 * unit, (count, 2))
    outward = edge - body.mean(axis=0)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-3)
    depth = rng.uniform(0.1, 1.0, count) * rng.uniform(1.0, 2.5) * length
    roots = edge - outward * depth[:, None]
    comb, tufts = smooth_noise(rng, size, 4), smooth_noise(rng, size, 16)
    column, row = np.clip(edge, 0, size - 1).astype(int).T
    local, tuft = comb[row, column], tufts[row, column]
    angle = np.arctan2(outward[:, 1], outward[:, 0]) + rng.normal(0, 0.5) + 0.8 * local + 0.6 * tuft
    strands = grow_strands(
        roots,
        angle + rng.normal(0, rng.uniform(0.08, 0.3), count),
        length * (1 + 0.35 * tuft) * np.exp(rng.normal(0, 0.3, count)) + 0.35 * depth,
        rng.normal(rng.normal(0, 0.4), 0.35, count),
        np.full(count, rng.uniform(0, 0.5)),
        rng.uniform(0.5, 1.2, count),
        rng.uniform(0, 2 * np.pi, count),
        points=6,
    )
    shades = rng.uniform(0.35, 0.6) + 0.1 * local + rng.normal(0, rng.uniform(0.03, 0.12), count)
    inner = body - np.float32(0.08 * length) * np.sign(body - body.mean(axis=0))
    tone = float(shades.mean()) * rng.uniform(0.85, 1.0)
    return paint_strands(rng, size, strands, strand_widths(rng, count), shades, inner, tone, together=16)
