"""Foreground colours for drawn alphas: photo texture, flat colour, gradients, and camouflage."""

import numpy as np

from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.patterns import draw_pattern
from hop_tf.datasets.transforms.crop import random_square
from hop_tf.datasets.transforms.noise import smooth_noise
from hop_tf.pictures.eight_bit import round_to_uint8

#: Probability that the base colours are the texture of a photo rather than flat or graded colours.
_TEXTURED = {"hair": 0.4, "fur": 0.5, "smoke": 0.1, "glass": 0.1, "veils": 0.3}

#: Probability that the base colours are a pattern of two materials.
_PATTERNED = {"blobs": 0.6, "veils": 0.25, "fur": 0.15, "hair": 0.1, "smoke": 0.0, "glass": 0.0}

#: Black, dark brown, brown, ginger, blond, grey and white.
_HAIR_TONES = np.array(
    [[28, 24, 24], [75, 50, 35], [120, 80, 50], [165, 95, 50], [205, 170, 115], [150, 148, 145], [235, 232, 225]],
    np.float32,
)


def paint_colours(
    rng: np.random.Generator,
    drawing: Drawing,
    photo: np.ndarray,
    background: np.ndarray,
    camouflage: float,
    kind: str,
) -> np.ndarray:
    """Paint a drawing.

    Args:
        rng: random generator.
        drawing: alpha and shade.
        photo, background: uint8 arrays `[any height, any width, 3]`, RGB.
        camouflage: probability that the colours are close to those of the background.
        kind: name of the kind of drawing. Some kinds are mostly plain, others mostly textured.

    Returns:
        uint8 array `[size, size, 3]`, RGB, defined at every pixel.
    """
    size = drawing.alpha.shape[0]
    hidden = rng.random() < camouflage
    same_photo = hidden and rng.random() < 0.5
    source = background if same_photo else photo
    base = _material(rng, size, source, kind, same_photo)
    if rng.random() < _PATTERNED.get(kind, 0.2):
        other = _material(rng, size, source if rng.random() < 0.5 else photo, kind, same_photo)
        base += (other - base) * draw_pattern(rng, size)[..., None]
    if hidden and not same_photo:
        target = background.reshape(-1, 3).mean(axis=0, dtype=np.float64)
        base += (target - base.reshape(-1, 3).mean(axis=0) + rng.normal(0, 15, 3)).astype(np.float32)
    if drawing.shade is not None:
        depth = rng.uniform(0.4, 1.8) if kind in ("hair", "fur") else rng.uniform(0.2, 1.0)
        base *= (1 + depth * (drawing.shade - 0.5))[..., None]
    return round_to_uint8(base)


def _material(rng, size, source, kind, same_photo):
    """Return the texture of a photo, or one or two colours; float32 `[size, size, 3]` in 0..255."""
    if rng.random() >= _TEXTURED.get(kind, 0.7):
        return _graded(rng, size, source)
    base = random_square(rng, source, size).astype(np.float32)
    if rng.random() < 0.5:
        base += rng.normal(0, 15 if same_photo else 25, 3).astype(np.float32)
    return base


def _graded(rng, size, source):
    """Mix and light one or two colours smoothly; float32 `[size, size, 3]` in 0..255."""
    height, width = source.shape[:2]
    picks = source[rng.integers(0, height, 2), rng.integers(0, width, 2)].astype(np.float32)
    if rng.random() < 0.4:
        picks = _natural(rng)
    mix = np.clip(0.5 + 0.8 * smooth_noise(rng, size, int(rng.integers(1, 4))), 0, 1)[..., None]
    light = 1 + rng.uniform(0, 0.35) * smooth_noise(rng, size, int(rng.integers(1, 6)))[..., None]
    return (picks[0] + (picks[1] - picks[0]) * mix * rng.uniform(0, 1)) * light


def _natural(rng):
    """Return two tones of a hair colour (black, brown, ginger, blond, grey or white); float32 `[2, 3]`."""
    tone = _HAIR_TONES[rng.integers(len(_HAIR_TONES))]
    pair = tone * rng.uniform(0.7, 1.25, (2, 1)) + rng.normal(0, 6, (2, 3))
    return np.clip(pair, 0, 255).astype(np.float32)
