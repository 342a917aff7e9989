"""Plain samples: few colours and large unknown regions, so that colour, not position, tells what is foreground.

In usual samples most unknown pixels lie near known ones, and a network that extends shapes does well on them. It then
fills the gaps of a comb in front of cardboard of one colour. Here the known pixels are farther away, or in places that
have nothing to do with the shape.
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
    "teeth": 0.30,
    "nets": 0.15,
    "hair": 0.15,
    "glass": 0.15,
    "leaves": 0.10,
    "blobs": 0.05,
    "veils": 0.05,
    "smoke": 0.05,
}

#: Smallest share of pixels known as background, and known as foreground if more than this is opaque.
_LEAST_KNOWN = 0.005

#: Smallest and largest share of unknown pixels, before the foreground is left open.
_UNKNOWN = 0.2, 0.95

#: Probability that no foreground is known: what differs from the background is the object.
_OPEN = 0.2

_ATTEMPTS = 20


def draw_plain(
    rng: np.random.Generator, size: int, backgrounds: PhotoFolder | GeneratedBackgrounds
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Draw the layers of a sample with few plain colours and a large unknown region.

    Args:
        rng: random generator.
        size: side in pixels.
        backgrounds: source of photos, which show faintly in half of the layers.

    Returns:
        Foreground and background uint8 `[size, size, 3]`, RGB; alpha float32 `[size, size]` in 0..1; trimap uint8
        `[size, size]` with the levels 0, 128 and 255. Or `None`, if 20 attempts leave too little known or unknown.
    """
    for _ in range(_ATTEMPTS):
        drawing, trimap = _draw_shapes(rng, size)
        if _has_enough_known(drawing.alpha, trimap):
            break
    else:
        return None
    if rng.random() < _OPEN:
        trimap[trimap == FOREGROUND] = UNKNOWN
    colours = plain_colours(rng)
    contrast = min_distance(*colours)
    light = min(18, 0.3 * contrast) * rng.uniform() * smooth_noise(rng, size, int(rng.integers(1, 5)))
    foreground, background = (
        _tile(rng, size, some) + light[..., None] + _grain(rng, size, contrast, backgrounds) for some in colours
    )
    if drawing.shade is not None:
        foreground *= (1 + rng.uniform(0.2, 1) * (drawing.shade - 0.5))[..., None]
    return round_to_uint8(foreground), round_to_uint8(background), drawing.alpha, trimap


def plain_colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours of a foreground and of a background, one to three each.

    One pair in six hardly differs, as dark brown and dark blue, by a distance of 18 to 60. All other colours of the
    foreground are at least 50 from those of the background.

    Returns:
        float64 `[1 to 3, 3]` in 5..250, RGB, twice.
    """
    counts = 1 + rng.choice(3, 2, p=[0.6, 0.25, 0.15])
    similar = counts.sum() == 2 and rng.random() < 0.5
    while True:
        if similar:
            grey = rng.uniform(15, 90) if rng.random() < 0.5 else rng.uniform(15, 240)
            first, direction = rng.normal(grey, 15, (1, 3)), rng.normal(0, 1, (1, 3))
            pair = first, first + direction * log_uniform(rng, 18, 60) / np.linalg.norm(direction)
        else:
            pair = tuple(_random_colours(rng, count, tint) for count, tint in zip(counts, (12, 25), strict=True))
        foreground, background = (np.clip(colours, 5, 250) for colours in pair)
        if min_distance(foreground, background) > (18 if similar else 50):
            return foreground, background


def min_distance(foreground: np.ndarray, background: np.ndarray) -> float:
    """Return the smallest distance between two sets of colours, float `[any, 3]` each."""
    return float(np.linalg.norm(foreground[:, None] - background, axis=-1).min())


def _random_colours(rng, count, tint):
    """Return any colours, half of them nearly grey: float64 `[count, 3]`."""
    colours = rng.uniform(0, 255, (count, 3))
    grey = rng.random(count) < 0.5
    colours[grey] = colours[grey].mean(axis=1, keepdims=True) + rng.normal(0, tint, (int(grey.sum()), 3))
    return colours


def _tile(rng, size, colours):
    """Return colours in patterns, one over the other: float64 `[size, size, 3]`."""
    tiled = np.broadcast_to(colours[0], (size, size, 3))
    for colour in colours[1:]:
        tiled = tiled + draw_pattern(rng, size)[..., None] * (colour - tiled)
    return tiled


def _draw_shapes(rng, size):
    """Return an object with a trimap around all of it, or a pattern or object that is known in a few places."""
    widths = min(1.0, size / 192)
    if rng.random() < 0.5:
        drawing = _draw_kind(rng, size)
        return drawing, bounding_trimap(rng, drawing.alpha, widths)
    drawing = Drawing(draw_pattern(rng, size)) if rng.random() < 0.75 else _draw_kind(rng, size)
    if rng.random() < 0.5:
        drawing = Drawing(1 - drawing.alpha, drawing.shade)
    return drawing, sparse_trimap(rng, drawing.alpha, widths)


def _draw_kind(rng, size):
    kind = rng.choice(list(_KINDS), p=list(_KINDS.values()))
    return KINDS[kind][0](rng, size)


def _has_enough_known(alpha, trimap):
    background, unknown, foreground = ((trimap == level).mean() for level in (BACKGROUND, UNKNOWN, FOREGROUND))
    opaque = (alpha >= CERTAIN_FOREGROUND).mean() > _LEAST_KNOWN
    enough = background > _LEAST_KNOWN and (foreground > _LEAST_KNOWN or not opaque)
    return enough and _UNKNOWN[0] < unknown < _UNKNOWN[1]


def _grain(rng, size, contrast, backgrounds):
    """Return noise and, half of the time, a faint photo, both weaker than `contrast`; float `[size, size, 1 or 3]`."""
    grain = rng.normal(0, rng.uniform(0, min(6, 0.25 * contrast)), (size, size, 1))
    if rng.random() < 0.5:
        return grain
    photo = random_square(rng, backgrounds.draw(rng), size).astype(np.float32)
    return grain + min(rng.uniform(0.05, 0.25), contrast / 200) * (photo - photo.mean(axis=(0, 1)))
