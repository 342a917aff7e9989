"""Teeth of combs, rakes, forks, fences and fans: rows of fine bars that hang on a spine."""

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.shapes import FIXED_SHIFT, LENS_BLUR, log_uniform, to_fixed

_SUPERSAMPLE = 3


def draw_teeth(rng: np.random.Generator, size: int) -> Drawing:
    """Draw one or two rows of bars along a straight or bent spine, with a highlight on each bar."""
    side = size * _SUPERSAMPLE
    canvas = np.zeros((side, side, 3), np.uint8)  # alpha, and shade times alpha
    pitch = log_uniform(rng, 5, 45)
    spine = _Spine(rng, size)
    length, width = size * log_uniform(rng, 0.12, 0.9), pitch * rng.uniform(0.25, 0.75)
    taper, lean, blunt = rng.uniform(0.15, 1), rng.normal(0, 0.25), rng.random() < 0.5
    tone, light, place = rng.uniform(60, 150), rng.uniform(0, 100), rng.uniform(-0.4, 0.4)
    sides = (1, -1) if rng.random() < 0.2 else (1,)
    growth = 1 + rng.uniform(0, 0.5) * np.sin(spine.steps(pitch) / size * rng.uniform(2, 9))
    for step, grown in zip(spine.steps(pitch), growth, strict=True):
        base, along, normal = spine.at(step)
        for way in sides:
            axis = way * normal + lean * along
            tip = base + axis * length * grown
            _bar(canvas, base, tip, along * width, taper, blunt, tone, light, place)
    _back(rng, canvas, spine, pitch, size, tone + rng.uniform(-30, 30))
    if rng.random() < 0.3:  # the far rail of a fence or a grille
        _back(rng, canvas, spine, pitch, size, tone, offset=length * rng.uniform(0.6, 1))
    small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(*LENS_BLUR))
    alpha = np.clip(small[..., 0], 0, 1)
    shade = np.where(alpha > 0.03, small[..., 1] / np.maximum(alpha, 0.03), 0.5)
    return Drawing(alpha, np.clip(shade, 0, 1).astype(np.float32))


class _Spine:
    """A straight line, or the arc of a circle, across the picture."""

    def __init__(self, rng, size):
        self.reach = 0.9 * size
        self.angle = rng.uniform(0, 2 * np.pi)
        self.bend = rng.normal(0, 0.8) / size if rng.random() < 0.4 else 0.0
        self.middle = rng.uniform(0.1, 0.9, 2) * size

    def steps(self, pitch):
        """Return the distances of the bars from the middle, in pixels."""
        return np.arange(-self.reach, self.reach, pitch)

    def at(self, step):
        """Return the point at a distance from the middle, the direction there and the normal."""
        heading = self.angle + self.bend * step
        along = np.array([np.cos(heading), np.sin(heading)])
        if self.bend:
            chord = np.array([np.sin(heading) - np.sin(self.angle), np.cos(self.angle) - np.cos(heading)]) / self.bend
        else:
            chord = along * step
        return self.middle + chord, along, np.array([-along[1], along[0]])


def _bar(canvas, base, tip, across, taper, blunt, tone, light, place):
    """Fill a bar that gets narrower towards its tip, and a lit stripe along it."""
    half = across / 2
    end = [tip + taper * half, tip - taper * half] if blunt else [tip + 0.1 * half, tip - 0.1 * half]
    outline = [base - half, base + half, *end]
    if not blunt:  # full width up to a third before a pointed tip
        neck = base + (tip - base) * 0.7
        outline = [base - half, base + half, neck + taper * half, *end, neck - taper * half]
    fill = [to_fixed(np.array(outline), _SUPERSAMPLE)]
    cv2.fillPoly(canvas, fill, (255, round(tone), 0), cv2.LINE_AA, FIXED_SHIFT)
    stripe = [base + place * across, tip + place * taper * across]
    thick = max(1, round(0.2 * _SUPERSAMPLE * float(np.linalg.norm(across))))
    lit = (255, round(min(255, tone + light)), 0)
    cv2.polylines(canvas, [to_fixed(np.array(stripe), _SUPERSAMPLE)], False, lit, thick, cv2.LINE_AA, FIXED_SHIFT)


def _back(rng, canvas, spine, pitch, size, tone, offset=0.0):
    """Draw the spine itself, or a rail parallel to it."""
    steps = np.linspace(-spine.reach, spine.reach, 40)
    thinnest = max(2.0, 0.5 * pitch)
    thick = log_uniform(rng, thinnest, max(thinnest, 0.25 * size))
    points = []
    for step in steps:
        base, _, normal = spine.at(step)
        points.append(base + normal * (offset or -thick / 2))
    line = [to_fixed(np.array(points), _SUPERSAMPLE)]
    cv2.polylines(canvas, line, False, (255, round(tone), 0), round(thick * _SUPERSAMPLE), cv2.LINE_AA, FIXED_SHIFT)
