"""Glasses, bottles, ice and drops: clear inside, opaque at rims and highlights."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import blob_contour, fill_contour, log_uniform
from hop_tf.datasets.transforms.noise import fractal_noise


def draw_glass(rng: np.random.Generator, size: int) -> Drawing:
    """Draw one vessel with a second wall inside, or many lumps, all of clear material with bright and dark lines."""
    opacity = np.zeros((size, size), np.float32)
    shade = np.full((size, size), 0.5, np.float32)
    vessel = rng.random() < 0.6
    for _ in range(1 if vessel else int(rng.integers(3, 25))):
        body = fill_contour(_vessel(rng, size) if vessel else _lump(rng, size), size)
        _add_body(rng, body, opacity, shade, size)
        if vessel:  # the inner wall
            inside = cv2.erode(
                body, np.ones((3, 3), np.uint8), iterations=max(1, round(rng.uniform(0.01, 0.06) * size))
            )
            _add_body(rng, inside, opacity, shade, size)
    return Drawing(np.clip(opacity, 0, 1), np.clip(shade, 0, 1))


def _add_body(rng, body, opacity, shade, size):
    """Lay one clear body over `opacity` and `shade`, in place: even inside, denser at the rim, with highlights."""
    depth = cv2.distanceTransform(np.uint8(body > 0.5), cv2.DIST_L2, 3)
    rim = np.exp(-depth / log_uniform(rng, 0.8, 0.02 * size + 1)) * rng.uniform(0.15, 0.9)
    field = fractal_noise(rng, size, int(rng.integers(2, 5)), 3)
    clear = log_uniform(rng, 0.015, 0.4) * (0.5 + field)
    lights = _highlights(rng, body, size)
    layer = body * np.clip(clear + rim + lights, 0, 1)
    tone = 0.5 + rng.uniform(-0.5, 0.5) * rim / max(float(rim.max()), 1e-3)
    tone += (1 - tone) * lights
    shade += (tone - shade) * (layer > opacity)
    opacity += (1 - opacity) * layer


def _highlights(rng, body, size):
    """Return a few bright streaks and spots: float32 `[size, size]` in 0..1."""
    lights = np.zeros((size, size), np.float32)
    left, top, width, height = cv2.boundingRect(np.uint8(body > 0.5))
    lean = rng.normal(0, 0.15)
    for _ in range(int(rng.integers(0, 7))):
        x, y = left + rng.uniform(0.05, 0.95) * width, top + rng.uniform(0, 1) * height
        reach = rng.uniform(0.02, 0.4) * height
        ends = [(round(x - lean * reach), round(y - reach)), (round(x + lean * reach), round(y + reach))]
        streak = np.zeros((size, size), np.float32)
        cv2.line(streak, *ends, rng.uniform(0.3, 1), max(1, round(log_uniform(rng, 0.003, 0.04) * size)))
        lights = np.maximum(lights, cv2.GaussianBlur(streak, (0, 0), log_uniform(rng, 0.4, 0.012 * size + 0.5)))
    return lights


def _vessel(rng, size):
    """Return the outline of a cup, bottle or vase: a turned profile, tilted a little."""
    height, middle = rng.uniform(0.5, 0.95) * size, rng.uniform(0.35, 0.65, 2) * size
    along = np.linspace(-0.5, 0.5, 60)
    profile = np.full(60, rng.uniform(0.12, 0.35) * size)
    for wave in range(1, 4):
        profile *= 1 + rng.uniform(-0.3, 0.3) / wave * np.cos(np.pi * wave * (along + 0.5))
    profile *= np.minimum(1, np.sqrt(1.02 - (2 * np.abs(along)) ** 8))  # round ends
    x = np.concatenate([profile, -profile[::-1]])
    y = np.concatenate([along, along[::-1]]) * height
    tilt = rng.normal(0, 0.15)
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    return (np.stack([x, y], 1) @ turn.T + middle).astype(np.float32)


def _lump(rng, size):
    """Return the outline of a piece of ice or a drop."""
    radius = log_uniform(rng, 0.01, 0.2) * size
    return blob_contour(rng, rng.uniform(0, 1, 2) * size, radius, rng.uniform(0.05, 0.4), int(rng.integers(2, 7)))
