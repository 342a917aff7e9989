"""Thin tapering curves, from which hair and fur are drawn."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import FIXED_SHIFT, to_fixed

_PIECES = 3


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


def paint_strands(
    rng: np.random.Generator,
    size: int,
    strands: np.ndarray,
    widths: np.ndarray,
    shades: np.ndarray,
    body: np.ndarray | None = None,
    body_shade: float = 0.35,
    opacity: np.ndarray | None = None,
    together: int = 6,
    supersample: int = 2,
) -> Drawing:
    """Paint antialiased strands, each with its own shade: faint ones behind a body, opaque ones over it.

    Args:
        rng: random generator.
        size: side of the drawing in pixels.
        strands: float32 array `[strands, points, 2]` in pixels.
        widths: `[strands]`, width at the root in pixels; it tapers to a third at the tip.
        shades: `[strands]`, shade in 0..1.
        body: float32 array `[points, 2]`, the outline of an opaque body, or `None`.
        body_shade: shade of the body.
        opacity: `[strands]`, opacity in 0..1, for strands finer than the finest line. `None` makes all opaque.
        together: number of strands, picked at random, that share the width, shade and opacity of the first of them.
        supersample: factor of the canvas on which the strands are drawn.
    """
    side = size * supersample
    canvas = np.zeros((side, side, 3), np.uint8)
    fixed = to_fixed(strands, supersample)
    order = rng.permutation(len(strands))
    faint = order[:0]
    if opacity is not None:
        faint, order = order[opacity[order] < 1], order[opacity[order] >= 1]
        faint = faint[np.argsort(opacity[faint])]
    for start in range(0, len(faint), together):
        group = faint[start : start + together]
        _paint_group(canvas, fixed[group], widths[group[0]] * supersample, shades[group[0]], opacity[group[0]])
    if body is not None:
        cv2.fillPoly(canvas, [to_fixed(body, supersample)], (255, round(255 * body_shade), 0), cv2.LINE_AA, FIXED_SHIFT)
    for start in range(0, len(order), together):
        group = order[start : start + together]
        _paint_group(canvas, fixed[group], widths[group[0]] * supersample, shades[group[0]], 1.0)
    small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = small[..., 0] / 255
    spread = cv2.blur(small, (5, 5))
    near = spread[..., 1] / np.maximum(spread[..., 0], 1e-3)
    shade = np.where(small[..., 0] > 8, small[..., 1] / np.maximum(small[..., 0], 1e-3), near)
    return Drawing(alpha, np.clip(shade, 0, 1).astype(np.float32))


def _paint_group(canvas, lines, width, shade, opacity):
    """Draw fixed-point `lines` `[n, points, 2]` alike: opacity in channel 0, shade times opacity in channel 1."""
    colour = (round(255 * opacity), round(255 * opacity * float(np.clip(shade, 0.02, 1))), 0)
    bounds = np.linspace(0, lines.shape[1] - 1, _PIECES + 1).astype(int)
    thick = np.rint(width * np.linspace(1, 0.34, _PIECES)).astype(int).clip(1)
    first = 0
    for piece in range(_PIECES):
        if piece + 1 < _PIECES and thick[piece + 1] == thick[piece]:
            continue
        part = list(lines[:, bounds[first] : bounds[piece + 1] + 1])
        cv2.polylines(canvas, part, False, colour, int(thick[piece]), cv2.LINE_AA, FIXED_SHIFT)
        first = piece + 1
