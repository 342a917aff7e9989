"""Many thin tapering curves at once: the common ground of hair and fur."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import FIXED_SHIFT, to_fixed

_PIECES = 3


def grow_strands(roots, angle, length, curvature, curl, curl_turns, phase, points=12):
    """Curves that start at ``roots`` and turn as they go.

    Args:
        roots: [N, 2] start points in pixels.
        angle: [N] start direction in radians.
        length: [N] length in pixels.
        curvature: [N] total turn over the length, radians.
        curl: [N] amplitude of the waves in direction, radians.
        curl_turns: [N] number of waves over the length.
        phase: [N] phase of the waves.
        points: points on a curve.

    Returns:
        float32 [N, points, 2].
    """
    t = np.linspace(0, 1, points)[None, :]
    wave = np.sin(2 * np.pi * curl_turns[:, None] * t + phase[:, None]) * np.minimum(1, 3 * t)
    heading = angle[:, None] + curvature[:, None] * t + curl[:, None] * wave
    step = (length / (points - 1))[:, None]
    steps = np.stack([np.cos(heading) * step, np.sin(heading) * step], axis=2)
    steps[:, 0] = 0
    return (roots[:, None] + np.cumsum(steps, axis=1)).astype(np.float32)


def paint_strands(
    rng, size, strands, widths, shades, body=None, body_shade=0.35, opacity=None, together=6, supersample=2
):
    """Paints antialiased strands, each with its own shade: faint ones behind a body, opaque ones over it.

    Args:
        strands: float32 [N, points, 2] in pixels.
        widths: [N] width at the root in pixels; it tapers to a third at the tip.
        shades: [N] shade 0..1.
        body: float32 [points, 2] outline of an opaque body, or None.
        body_shade: shade of the body.
        opacity: [N] opacity 0..1, for strands finer than a drawn line can be; all opaque when None.
        together: this many strands, picked at random, share the width, shade and opacity of the first of them.

    Returns:
        Drawing with shade.
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
    """Draws fixed-point ``lines`` [n, points, 2] alike; channel 0 holds opacity, channel 1 shade times opacity."""
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
