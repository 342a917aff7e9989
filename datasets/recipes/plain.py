"""Plain samples: two colours, and a trimap that is known far away, so only colour tells what is foreground.

In usual samples most unknown pixels lie near known ones, and a network that extends shapes does well on them. It then
fills the gaps of a comb in front of cardboard of one colour. Here shapes and known places have little to do with each
other.
"""

import numpy as np

from hop_tf.datasets.sources import GeneratedBackgrounds, PhotoFolder
from hop_tf.datasets.sources.procedural import KINDS
from hop_tf.datasets.sources.procedural.drawing import Drawing
from hop_tf.datasets.sources.procedural.patterns import draw_pattern
from hop_tf.datasets.sources.procedural.shapes import log_uniform
from hop_tf.datasets.transforms.crop import random_square
from hop_tf.datasets.transforms.noise import smooth_noise
from hop_tf.datasets.transforms.sparse_trimap import bounding_trimap, sparse_trimap
from hop_tf.datasets.transforms.trimap import CERTAIN_FOREGROUND
from hop_tf.pictures.eight_bit import round_to_uint8
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN

#: {kind of drawing: relative frequency}
_KINDS = {
    "teeth": 0.3,
    "nets": 0.15,
    "leaves": 0.1,
    "hair": 0.15,
    "blobs": 0.05,
    "glass": 0.15,
    "veils": 0.05,
    "smoke": 0.05,
}

#: Smallest share of certain background, and of certain foreground unless all of it is transparent; in a sample whose
#: share of unknown pixels is in this range.
_LEAST_KNOWN, _UNKNOWN = 0.005, (0.2, 0.95)


def draw_plain(
    rng: np.random.Generator, size: int, backgrounds: PhotoFolder | GeneratedBackgrounds
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Draw the layers of a sample with two plain colours and a large unknown region.

    Args:
        rng: random generator.
        size: side in pixels.
        backgrounds: source of photos, which appear faintly in the colours.

    Returns:
        Foreground and background uint8 `[size, size, 3]`, RGB; alpha float32 `[size, size]` in 0..1; trimap uint8
        `[size, size]` with the levels 0, 128 and 255. Or `None`, if too little or too much is unknown.
    """
    widths = min(1.0, size / 192)
    if rng.random() < 0.5:
        drawing = _draw_kind(rng, size)
        trimap = bounding_trimap(rng, drawing.alpha, widths)
    else:
        drawing = Drawing(draw_pattern(rng, size)) if rng.random() < 0.75 else _draw_kind(rng, size)
        if rng.random() < 0.5:
            drawing = Drawing(1 - drawing.alpha, drawing.shade)
        trimap = sparse_trimap(rng, drawing.alpha, widths)
    unknown, *known = ((trimap == level).mean() for level in (UNKNOWN, BACKGROUND, FOREGROUND))
    if (drawing.alpha >= CERTAIN_FOREGROUND).mean() < _LEAST_KNOWN:
        known.pop()
    if min(known) < _LEAST_KNOWN or not _UNKNOWN[0] < unknown < _UNKNOWN[1]:
        return None
    foreground, background = (_paint(rng, size, colour, backgrounds.draw(rng)) for colour in two_colours(rng))
    if drawing.shade is not None:
        foreground *= (1 + rng.uniform(0.2, 1) * (drawing.shade - 0.5))[..., None]
    return round_to_uint8(foreground), round_to_uint8(background), drawing.alpha, trimap


def two_colours(rng: np.random.Generator) -> np.ndarray:
    """Return two colours, float64 `[2, 3]` in 0..255; a third of the time they hardly differ, as dark before dark."""
    if rng.random() < 0.35:
        grey = rng.uniform(15, 90) if rng.random() < 0.5 else rng.uniform(15, 240)
        first = rng.normal(grey, 15, 3)
        towards = rng.normal(0, 1, 3)
        distance = log_uniform(rng, 18, 60)
        pair = np.stack([first, first + towards * distance / np.linalg.norm(towards)])
    else:
        while True:
            pair = rng.uniform(0, 255, (2, 3))
            for colour, tint in zip(pair, (12, 25), strict=True):
                if rng.random() < 0.5:
                    colour[:] = colour.mean() + rng.normal(0, tint, 3)
            if np.linalg.norm(pair[0] - pair[1]) > 50:
                break
    return np.clip(pair, 5, 250)


def _draw_kind(rng, size):
    kind = rng.choice(list(_KINDS), p=list(_KINDS.values()))
    return KINDS[kind][0](rng, size)


def _paint(rng, size, colour, photo):
    """Light a colour unevenly and add grain and a faint photo; float32 `[size, size, 3]`, about 0..255."""
    light = rng.uniform(0, 18) * smooth_noise(rng, size, int(rng.integers(1, 5)))
    grain = rng.normal(0, rng.uniform(0, 6), (size, size))
    painted = (colour + (light + grain)[..., None]).astype(np.float32)
    if rng.random() < 0.5:
        texture = random_square(rng, photo, size).astype(np.float32)
        painted += np.float32(rng.uniform(0.05, 0.25)) * (texture - texture.mean(axis=(0, 1)))
    return painted
