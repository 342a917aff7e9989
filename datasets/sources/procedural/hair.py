"""Hair: locks that grow out of an opaque body, dense shocks, manes, and sparse loose strands."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import body_contour, fill_contour, log_uniform, visible
from hop_tf.datasets.sources.procedural.strands import grow_strands, paint_strands, strand_widths
from hop_tf.datasets.transforms.noise import smoothstep


def draw_hair(rng: np.random.Generator, size: int) -> Drawing:
    """Draw a head of hair, a shock, a mane or loose strands."""
    kind = rng.choice(["head", "shock", "mane", "loose"], p=[0.35, 0.35, 0.18, 0.12])
    drawing = {"head": _head, "shock": _shock, "mane": _mane, "loose": _loose}[kind](rng, size)
    if rng.random() < 0.35:
        wisps = _loose(rng, size)
        faint = wisps.alpha * rng.uniform(0.25, 0.8)
        alpha = 1 - (1 - drawing.alpha) * (1 - faint)
        share = np.minimum((1 - drawing.alpha) * faint / np.maximum(alpha, 1e-3), 1)
        drawing = Drawing(alpha, drawing.shade * (1 - share) + wisps.shade * share)
    return drawing


def _locks(rng, roots, angle, length, count, spread, unruly):
    """Grow strands in locks. The strands of a lock share their bend and differ slightly.

    Args:
        rng: random generator.
        roots, angle, length: start `[locks, 2]`, direction `[locks]` and length `[locks]` of the locks.
        count: number of strands in all locks together.
        spread: spread of the roots of a lock in pixels.
        unruly: 0 (combed) to 1 (wild).

    Returns:
        Strands float32 `[count, points, 2]`, shades `[count]`.
    """
    locks = len(angle)
    lock = rng.integers(0, locks, count)
    bend = rng.normal(0, 0.3 + 0.6 * unruly, locks) + rng.normal(0, 0.5)
    curly = rng.random() < 0.4
    curl = np.abs(rng.normal(0, 1.1 if curly else 0.25, locks))
    turns = rng.uniform(0.5, 3.5 if curly else 1.2, locks)
    phase = rng.uniform(0, 2 * np.pi, locks)
    stray = np.where(rng.random(count) < 0.06 + 0.1 * unruly, 3.0, 1.0)
    strands = grow_strands(
        roots[lock] + rng.normal(0, spread, (count, 2)),
        angle[lock] + stray * rng.normal(0, 0.05 + 0.15 * unruly, count),
        length[lock] * rng.beta(2.5, 2.0, count) * 1.5 * np.where(stray > 1, 1.2, 1.0),
        bend[lock] + stray * rng.normal(0, 0.15 + 0.35 * unruly, count),
        curl[lock] * rng.uniform(0.7, 1.3, count),
        turns[lock] * rng.uniform(0.9, 1.1, count),
        phase[lock] + rng.normal(0, 0.3, count),
        points=16 if curly else 11,
    )
    return strands, _shades(rng, lock, locks)


def _shades(rng, lock, locks):
    tone = rng.uniform(0.3, 0.65) + rng.normal(0, 0.08, locks)
    return tone[lock] + rng.normal(0, rng.uniform(0.03, 0.28), len(lock))


def _thin_out(rng, drawing, body):
    """Fade the hair with the distance from the body, because hairs get finer towards their tips."""
    outside = (fill_contour(body, len(drawing.alpha), 1) < 0.5).astype(np.uint8)
    if outside.all():
        return drawing
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, 3)
    reach = rng.uniform(0.1, 0.4) * len(drawing.alpha)
    keep = 1 - rng.uniform(0.3, 0.9) * smoothstep(distance, 0, reach)
    return Drawing(drawing.alpha * keep, drawing.shade)


def _head(rng, size):
    body = body_contour(rng, size)
    unit = size / 240
    unruly = rng.uniform(0, 1) ** 1.3
    inside = visible(body, size, 0.15)
    inside = inside[rng.integers(0, len(inside), int(rng.integers(60, 140)))]
    centre = body.mean(axis=0)
    outward = inside - centre
    roots = centre + outward * rng.beta(2.5, 1.0, (len(inside), 1))
    flow = np.arctan2(outward[:, 1], outward[:, 0])
    lean = rng.normal(0, 0.8)
    angle = flow + lean + rng.normal(0, 0.15 + 0.3 * unruly, len(flow))
    length = log_uniform(rng, 22, 95) * unit * rng.uniform(0.6, 1.4, len(flow))
    count = int(log_uniform(rng, 500, 2500))
    strands, shades = _locks(rng, roots, angle, length, count, rng.uniform(2, 9) * unit, unruly)
    tone = float(shades.mean()) * rng.uniform(0.75, 1.0)
    drawing = paint_strands(rng, size, strands, strand_widths(rng, count), shades, body, tone, together=12)
    return _thin_out(rng, drawing, body) if rng.random() < 0.5 else drawing


def _shock(rng, size):
    """Draw a dense shock on a head: opaque for most of its length, with gaps and single hairs outside."""
    unit = size / 240
    heading, fan = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.3)
    away = np.array([np.cos(heading), np.sin(heading)])
    centre = size * (rng.uniform(0.3, 0.7, 2) - rng.uniform(0.1, 0.5) * away)
    head, length = rng.uniform(0.06, 0.3) * size, rng.uniform(0.3, 0.75) * size
    locks = int(log_uniform(rng, 15, 90))
    angle = heading + rng.uniform(-fan, fan, locks)
    outward = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lengths = length * rng.uniform(0.65, 1.15, locks)
    count = int(log_uniform(rng, 1200, 4000))
    spread = log_uniform(rng, 2, 12) * unit
    roots = centre + outward * head * rng.uniform(0.3, 1, (locks, 1))
    strands, shades = _locks(rng, roots, angle, lengths, count, spread, 0.8 * rng.random() ** 2)

    # Beneath the strands everything is opaque up to a jagged outline.
    outline_angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    off = np.abs(np.angle(np.exp(1j * (outline_angle - heading))))
    within = 1 - smoothstep(off, 0.8 * fan, 1.05 * fan)
    jagged = rng.uniform(0.2, 0.75) * np.exp(rng.normal(0, rng.uniform(0.05, 0.35), 200))
    reach = head + length * within * np.clip(jagged, 0, 0.9)
    body = centre + np.stack([np.cos(outline_angle), np.sin(outline_angle)], axis=1) * reach[:, None]
    tone = float(shades.mean()) * rng.uniform(0.5, 1.0)
    drawing = paint_strands(
        rng, size, strands, strand_widths(rng, count), shades, body.astype(np.float32), tone, together=16
    )
    return _thin_out(rng, drawing, body.astype(np.float32)) if rng.random() < 0.3 else drawing


def _mane(rng, size):
    """Draw dense, long, parallel hair with a frayed edge, which fills one side of the picture."""
    unit = size / 240
    heading = rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(heading), np.sin(heading)])
    across = np.array([-along[1], along[0]])
    locks = int(rng.integers(30, 70))
    place = rng.uniform(-0.1, 0.75, locks) + rng.normal(0, 0.03, locks)
    roots = size / 2 + np.outer(place - 0.25, across) * size - np.outer(rng.uniform(0.45, 0.8, locks), along) * size
    angle = heading + rng.normal(0, 0.1, locks)
    length = size * rng.uniform(0.6, 1.2, locks)
    count = int(log_uniform(rng, 350, 1500))
    strands, shades = _locks(rng, roots, angle, length, count, rng.uniform(3, 9) * unit, rng.uniform(0, 0.6))
    return paint_strands(rng, size, strands, strand_widths(rng, count), shades, together=10)


def _loose(rng, size):
    """Draw a few single strands without a body."""
    unit = size / 240
    locks = int(rng.integers(2, 12))
    count = int(log_uniform(rng, 8, 120))
    roots = rng.uniform(-0.1, 1.1, (locks, 2)) * size
    aim = rng.uniform(0.3, 0.7, (locks, 2)) * size - roots
    angle = np.arctan2(aim[:, 1], aim[:, 0])
    length = rng.uniform(0.3, 1.2, locks) * size
    strands, shades = _locks(rng, roots, angle, length, count, rng.uniform(1, 14) * unit, rng.uniform(0, 1))
    return paint_strands(rng, size, strands, strand_widths(rng, count), shades)
