"""Nets, fences, lace and wires: thin lines with holes in between, seen at an angle."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import (
    FIXED_SHIFT,
    body_contour,
    fill_contour,
    log_uniform,
    shrink_coverage,
    thin_line,
    to_fixed,
)
from hop_tf.datasets.transforms.noise import fractal_noise, smooth_noise

_SUPERSAMPLE = 2


def draw_nets(rng: np.random.Generator, size: int) -> Drawing:
    """Draw a net, lace or wires, possibly with a solid shape."""
    kind = rng.choice(["mesh", "lace", "wires"], p=[0.6, 0.2, 0.2])
    canvas = {"mesh": _mesh, "lace": _lace, "wires": _wires}[kind](rng, size)
    if kind != "wires":
        canvas = _tilt(rng, canvas)
    alpha = shrink_coverage(canvas, size)
    if kind != "wires" and rng.random() < 0.6:
        alpha = alpha * fill_contour(body_contour(rng, size, 0.4, 0.7), size)
    if rng.random() < 0.4:
        alpha = np.maximum(alpha, fill_contour(body_contour(rng, size, 0.15, 0.4), size))
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.3 + 1.2 * rng.random() ** 2)
    return Drawing(alpha, _glints(rng, size) if rng.random() < 0.5 else None)


def _glints(rng, size):
    """Return light and dark patches as shading; float32 `[size, size]` in 0..1."""
    return fractal_noise(rng, size, int(rng.integers(2, 9)), 4, 0.8)


def _mesh(rng, size):
    """Draw two or three families of slightly wavy parallel lines."""
    side = size * _SUPERSAMPLE
    canvas = np.zeros((side, side), np.uint8)
    pitch = log_uniform(rng, 4.5, 40) * _SUPERSAMPLE
    thick, opacity = thin_line(log_uniform(rng, 0.1 * _SUPERSAMPLE, 0.15 * pitch))
    first = rng.uniform(0, np.pi)
    apart = rng.choice([np.pi / 2, np.pi / 3, rng.uniform(0.6, 2.4)])
    wobble = rng.uniform(0, 0.25) * pitch
    reach = 0.75 * side
    along = np.linspace(-reach, reach, 14)
    for family in range(3 if np.isclose(apart, np.pi / 3) else 2):
        angle = first + family * apart
        direction, normal = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        lines = []
        for offset in np.arange(-reach, reach, pitch):
            sway = offset + rng.normal(0, 0.05 * pitch) + wobble * np.sin(along / pitch * 0.8 + rng.uniform(0, 1))
            lines.append(to_fixed(side / 2 + np.outer(along, direction) + np.outer(sway, normal)))
        cv2.polylines(canvas, lines, False, round(255 * opacity), thick, cv2.LINE_AA, FIXED_SHIFT)
    return canvas


def _lace(rng, size):
    """Draw a cloth with rows of round holes."""
    side = size * _SUPERSAMPLE
    canvas = np.full((side, side), 255, np.uint8)
    pitch = log_uniform(rng, 7, 34) * _SUPERSAMPLE
    radius = pitch * rng.uniform(0.25, 0.5)
    for row, y in enumerate(np.arange(0, side + pitch, pitch * 0.87)):
        for x in np.arange(row % 2 * pitch / 2, side + pitch, pitch):
            centre = to_fixed(np.array([x, y]) + rng.normal(0, 0.04 * pitch, 2))
            reach = int(radius * rng.uniform(0.85, 1.1) * (1 << FIXED_SHIFT))
            cv2.circle(canvas, (int(centre[0]), int(centre[1])), reach, 0, -1, cv2.LINE_AA, FIXED_SHIFT)
    return canvas


def _wires(rng, size):
    """Draw a handful of long slack lines of different widths."""
    side = size * _SUPERSAMPLE
    canvas = np.zeros((side, side), np.uint8)
    t = np.linspace(0, 1, 24)[:, None]
    for _ in range(int(rng.integers(2, 14))):
        start, middle, end = rng.uniform(-0.2, 1.2, (3, 2)) * side
        curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
        thick, opacity = thin_line(log_uniform(rng, 0.1, 6) * _SUPERSAMPLE)
        cv2.polylines(canvas, [to_fixed(curve)], False, round(255 * opacity), thick, cv2.LINE_AA, FIXED_SHIFT)
    return canvas


def _tilt(rng, canvas):
    """Apply a random perspective or cloth-like waves."""
    side = canvas.shape[0]
    if rng.random() < 0.5:
        square = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]]) * side
        moved = square * 1.3 - 0.15 * side + rng.uniform(-0.25, 0.25, (4, 2)) * side
        matrix = cv2.getPerspectiveTransform(square, moved.astype(np.float32))
        return cv2.warpPerspective(canvas, matrix, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    sway = rng.uniform(0, 0.05) * side
    row, column = np.mgrid[:side, :side].astype(np.float32)
    row += sway * cv2.resize(smooth_noise(rng, 64, 3), (side, side))
    column += sway * cv2.resize(smooth_noise(rng, 64, 3), (side, side))
    return cv2.remap(canvas, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
