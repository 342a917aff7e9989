"""Thin tapering curves, from which hair and fur are drawn."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import (
    FIXED_SHIFT,
    LENS_BLUR,
    fill_contour,
    log_uniform,
    thin_line,
    to_fixed,
)

_PIECES = 3
_LAYERS = 4


def grow_strands(
    roots: np.ndarray,
    angle: np.ndarray,
    length: np.ndarray,
    curvature: np.ndarray,
    curl: np.ndarray,
    curl_turns: np.ndarray,
    phase: np.ndarray,
    points: int = 12,
) -> np.ndarray:
    """Grow curves from `roots`.

    Args:
        roots: `[strands, 2]`, start points in pixels.
        angle: `[strands]`, initial direction in radians.
        length: `[strands]`, length in pixels.
        curvature: `[strands]`, total turn over the length in radians.
        curl: `[strands]`, amplitude of the waves of the direction in radians.
        curl_turns: `[strands]`, number of waves over the length.
        phase: `[strands]`, phase of the waves in radians.
        points: number of points on a curve.

    Returns:
        float32 array `[strands, points, 2]`.
    """
    t = np.linspace(0, 1, points)[None, :]
    wave = np.sin(2 * np.pi * curl_turns[:, None] * t + phase[:, None]) * np.minimum(1, 3 * t)
    heading = angle[:, None] + curvature[:, None] * t + curl[:, None] * wave
    step = (length / (points - 1))[:, None]
    steps = np.stack([np.cos(heading) * step, np.sin(heading) * step], axis=2)
    steps[:, 0] = 0
    return (roots[:, None] + np.cumsum(steps, axis=1)).astype(np.float32)


def strand_widths(rng: np.random.Generator, count: int, low: float = 0.1, high: float = 0.42) -> np.ndarray:
    """Return widths of strands in pixels, `[count]`.

    Hair is finer than a pixel in most photos. Each drawing has a typical width, log-uniform between `low` and `high`.
    Most strands are close to it, and some are several times as thick, like hairs that stick together.
    """
    typical = log_uniform(rng, low, high)
    stuck = np.where(rng.random(count) < rng.uniform(0, 0.1), rng.uniform(1, 4, count), 1)
    return typical * np.exp(rng.normal(0, 0.35, count)) * stuck


def paint_strands(
    rng: np.random.Generator,
    size: int,
    strands: np.ndarray,
    widths: np.ndarray,
    shades: np.ndarray,
    body: np.ndarray | None = None,
    body_shade: float = 0.35,
    together: int = 6,
    supersample: int = 2,
) -> Drawing:
    """Paint strands, each with its own shade, half of them behind a body.

    A strand covers as much of a pixel as its area. Where the finest line of the canvas is wider than a strand, the
    line is fainter instead. Strands that cross hide each other as if they lay at random:
    alpha = 1 - (1 - alpha_1) (1 - alpha_2).

    Args:
        rng: random generator.
        size: side of the drawing in pixels.
        strands: float32 array `[strands, points, 2]` in pixels.
        widths: `[strands]`, width at the root in pixels; it tapers to a third at the tip.
        shades: `[strands]`, shade in 0..1.
        body: float32 array `[points, 2]`, the outline of an opaque body, or `None`.
        body_shade: shade of the body.
        together: number of strands of about the same width, picked at random, that share width and shade.
        supersample: factor of the canvas on which the strands are drawn.
    """
    fixed = to_fixed(strands, supersample)
    order = rng.permutation(len(strands))
    groups = [order[start : start + together] for start in range(0, len(order), together)]
    layers = []
    for layer in range(_LAYERS):
        canvas = np.zeros((size * supersample, size * supersample, 3), np.uint8)
        # On one canvas, lines replace each other: the faintest ones are drawn first.
        for group in sorted(groups[layer::_LAYERS], key=lambda group: widths[group[0]]):
            _paint_group(canvas, fixed[group], widths[group[0]] * supersample, shades[group[0]])
        layers.append(_shrink(canvas, size))
        if body is not None and layer == _LAYERS // 2 - 1:
            layers.append(np.dstack([fill_contour(body, size, supersample)] * 2) * np.float32([1, body_shade]))
    alpha, shaded = layers[0][..., 0], layers[0][..., 1]
    for layer in layers[1:]:
        through = 1 - layer[..., 0]
        alpha, shaded = layer[..., 0] + alpha * through, layer[..., 1] + shaded * through
    blur = rng.uniform(*LENS_BLUR)
    alpha, shaded = (cv2.GaussianBlur(plane, (0, 0), blur) for plane in (alpha, shaded))
    spread, weight = cv2.blur(shaded, (5, 5)), cv2.blur(alpha, (5, 5))
    near = spread / np.maximum(weight, 1e-4)
    shade = np.where(alpha > 0.03, shaded / np.maximum(alpha, 1e-4), near)
    return Drawing(alpha.clip(0, 1), shade.clip(0, 1).astype(np.float32))


def _shrink(canvas, size):
    """Return opacity and shade times opacity of a canvas, float32 `[size, size, 2]` in 0..1."""
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)[..., :2].astype(np.float32) / 255


def _paint_group(canvas, lines, width, shade):
    """Draw fixed-point `lines` `[n, points, 2]` alike: opacity in channel 0, shade times opacity in channel 1."""
    bounds = np.linspace(0, lines.shape[1] - 1, _PIECES + 1).astype(int)
    for piece, part in enumerate(width * np.linspace(1, 0.34, _PIECES)):
        thick, opacity = thin_line(part)
        colour = (round(255 * opacity), round(255 * opacity * float(np.clip(shade, 0.02, 1))), 0)
        inside = list(lines[:, bounds[piece] : bounds[piece + 1] + 1])
        cv2.polylines(canvas, inside, False, colour, thick, cv2.LINE_AA, FIXED_SHIFT)
