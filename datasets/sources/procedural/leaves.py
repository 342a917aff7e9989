"""Leaves, petals and thin stems: sharp edges with gaps in between."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import FIXED_SHIFT, LENS_BLUR, log_uniform, thin_line, to_fixed

_SUPERSAMPLE = 2


def draw_leaves(rng: np.random.Generator, size: int) -> Drawing:
    """Draw one to six twigs with leaves."""
    side = size * _SUPERSAMPLE
    canvas = np.zeros((side, side, 3), np.uint8)
    leaf = log_uniform(rng, 0.06, 0.3) * size
    slim = rng.uniform(0.12, 0.5)
    for _ in range(int(rng.integers(1, 7))):
        _twig(rng, canvas, size, leaf, slim)
    small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(*LENS_BLUR))
    shade = small[..., 1] / np.maximum(small[..., 0], 1)
    shade = np.where(small[..., 0] > 8, shade, 0.5).astype(np.float32)
    return Drawing(np.clip(small[..., 0] / 255, 0, 1), np.clip(shade, 0, 1))


def _twig(rng, canvas, size, leaf, slim):
    t = np.linspace(0, 1, 20)[:, None]
    start = rng.uniform(-0.1, 1.1, 2) * size
    end = rng.uniform(0, 1, 2) * size
    middle = (start + end) / 2 + rng.normal(0, 0.2, 2) * size
    stem = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
    thick, opacity = thin_line(log_uniform(rng, 0.2, 4) * _SUPERSAMPLE)
    colour = (round(255 * opacity), round(opacity * rng.uniform(60, 150)), 0)
    cv2.polylines(canvas, [to_fixed(stem, _SUPERSAMPLE)], False, colour, thick, cv2.LINE_AA, FIXED_SHIFT)
    heading = np.arctan2(*(end - start)[::-1])
    for index in rng.integers(3, 20, int(rng.integers(4, 16))):
        turn = heading + rng.choice([-1, 1]) * rng.uniform(0.3, 1.3)
        _leaf(rng, canvas, stem[index], turn, leaf * rng.uniform(0.6, 1.3), slim)


def _leaf(rng, canvas, base, turn, length, slim):
    """Draw a pointed oval, bent sideways and possibly toothed, with a vein along its centre line."""
    t = np.linspace(0, 1, 24)
    half = slim * length * np.sin(np.pi * t ** rng.uniform(0.6, 1.3)) * rng.uniform(0.4, 1)
    teeth = 1 + rng.choice([0, 0.2]) * np.sin(t * rng.uniform(30, 60))
    bend = rng.normal(0, 0.25) * length * t**2
    upper = np.stack([t * length, bend + half * teeth], axis=1)
    lower = np.stack([t * length, bend - half * teeth], axis=1)[::-1]
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    outline = np.concatenate([upper, lower]) @ rotation.T + base
    tone = rng.uniform(0.3, 0.75)
    cv2.fillPoly(canvas, [to_fixed(outline, _SUPERSAMPLE)], (255, round(255 * tone), 0), cv2.LINE_AA, FIXED_SHIFT)
    vein = np.stack([t * length, bend], axis=1) @ rotation.T + base
    colour = (255, round(255 * min(1, tone * 1.25)), 0)
    cv2.polylines(canvas, [to_fixed(vein, _SUPERSAMPLE)], False, colour, 1, cv2.LINE_AA, FIXED_SHIFT)
