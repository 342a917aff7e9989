"""Foreground colours for drawn alphas: photo texture, flat colour, gradients, and camouflage."""

import numpy as np

from hop_tf.datasets.sources.procedural.patterns import draw_pattern
from hop_tf.datasets.transforms.crop import random_square
from hop_tf.datasets.transforms.noise import smooth_noise

#: Probability that the base colours are a photo's texture rather than flat or graded colour.
_TEXTURED = {"hair": 0.4, "fur": 0.5, "smoke": 0.1, "veils": 0.3}

#: Probability that the base colours are those of two materials, in a pattern.
_PATTERNED = {"blobs": 0.6, "veils": 0.25, "fur": 0.15, "hair": 0.1, "smoke": 0.0}


def paint_colours(rng, drawing, photo, background, camouflage, kind):
    """Colours for ``drawing``; uint8 RGB [size, size, 3], defined at every pixel.

    Args:
        photo, background: uint8 RGB [h, w, 3].
        camouflage: probability that the colours come close to the background's.
        kind: name of the kind drawn; some are mostly plain, some mostly textured.
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
    return np.clip(np.rint(base), 0, 255).astype(np.uint8)


def _material(rng, size, source, kind, same_photo):
    """Texture of a photo, or one or two colours; float32 [size, size, 3], 0..255."""
    if rng.random() >= _TEXTURED.get(kind, 0.7):
        return _graded(rng, size, source)
    base = random_square(rng, source, size).astype(np.float32)
    if rng.random() < 0.5:
        base += rng.normal(0, 15 if same_photo else 25, 3).astype(np.float32)
    return base


def _graded(rng, size, source):
    """One or two colours, smoothly mixed and lit; float32 [size, size, 3], 0..255."""
    height, width = source.shape[:2]
    picks = source[rng.integers(0, height, 2), rng.integers(0, width, 2)].astype(np.float32)
    if rng.random() < 0.4:
        picks = _natural(rng)
    mix = np.clip(0.5 + 0.8 * smooth_noise(rng, size, int(rng.integers(1, 4))), 0, 1)[..., None]
    light = 1 + rng.uniform(0, 0.35) * smooth_noise(rng, size, int(rng.integers(1, 6)))[..., None]
    return (picks[0] + (picks[1] - picks[0]) * mix * rng.uniform(0, 1)) * light


def _natural(rng):
    """Two tones of one hair colour, black through brown and ginger to blond, grey and white; float32 [2, 3]."""
    tones = np.float32([[28, 24, 24], [75, 50, 35], [120, 80, 50], [165, 95, 50], [205, 170, 115], [150, 148, 145],
                        [235, 232, 225]])  # fmt: skip
    tone = tones[rng.integers(len(tones))]
    pair = tone * rng.uniform(0.7, 1.25, (2, 1)) + rng.normal(0, 6, (2, 3))
    return np.clip(pair, 0, 255).astype(np.float32)
