"""Cut-outs of combs, wicker and grids: fine teeth and gaps at equal distances, which are hard to matte."""

from pathlib import Path

import cv2
import numpy as np

from hop_tf.datasets.sources.procedural.shapes import FIXED_SHIFT, log_uniform, to_fixed
from hop_tf.datasets.transforms.noise import fractal_noise, smooth_noise
from hop_tf.pictures.eight_bit import round_to_uint8
from hop_tf.pictures.writing import write_png

SIDE = 480  # pixels of a cut-out
_CANVAS = 2 * SIDE  # alpha is drawn at twice the size
_MARGIN = 0.06 * _CANVAS
_LOW, _HIGH = _MARGIN, _CANVAS - _MARGIN  # the part of the canvas that an object fills


def draw_cutout(number: int) -> np.ndarray:
    """Draw cut-out `number`, which is always the same: a comb, wicker and a grid in turn.

    Returns:
        uint8 `[SIDE, SIDE, 4]`, RGBA, not multiplied by alpha; the colours are defined everywhere.
    """
    rng = np.random.default_rng([31, number])
    parts = KINDS[kind_of(number)](rng)
    alpha, relief = (cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for part in parts)
    return np.dstack([_paint(rng, relief), alpha])


def cut_by_mask(cutout: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """Put a cut-out in front of a photo and cut it out again, with a mask.

    Args:
        cutout: uint8 `[height, width, 4]`, RGBA.
        photo: uint8 `[height, width, 3]`, RGB.

    Returns:
        uint8 `[height, width, 4]`, RGBA. Alpha is 255 where it was at least one half, otherwise 0. Pixels that the
        object covers partly show a mixture of object and photo.
    """
    alpha = cutout[..., 3:] / 255
    mixture = alpha * cutout[..., :3] + (1 - alpha) * photo
    return np.dstack([round_to_uint8(mixture), np.where(alpha >= 0.5, 255, 0).astype(np.uint8)])


def write_cutouts(folder: Path, numbers: range, photos: list[np.ndarray] | None = None) -> None:
    """Write cut-outs as PNG files; existing files are kept.

    Args:
        folder: output folder, created if it does not exist.
        numbers: the cut-outs to write.
        photos: uint8 `[SIDE, SIDE, 3]`, RGB. If given, the objects are cut out of them with masks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        path = folder / f"{kind_of(number)}_{number:04d}.png"
        if path.exists():
            continue
        cutout = draw_cutout(number)
        write_png(path, cut_by_mask(cutout, photos[number % len(photos)]) if photos else cutout)


def kind_of(number: int) -> str:
    """Return the key of `KINDS` that cut-out `number` belongs to."""
    return list(KINDS)[number % len(KINDS)]


def _comb(rng):
    """Draw one or two rows of tapered teeth on a spine."""
    pitch = 2 * log_uniform(rng, 9, 30)
    width, spine = rng.uniform(0.3, 0.6) * pitch, rng.uniform(0.06, 0.16) * _CANVAS
    tip = width * rng.uniform(0.2, 0.9)
    two_rows = rng.random() < 0.4
    middle = _CANVAS / 2 if two_rows else _LOW + spine / 2
    length = 0.5 * (_HIGH - _LOW) if two_rows else rng.uniform(0.45, 0.9) * (_HIGH - _LOW)
    outlines = [_box(_LOW, middle - spine / 2, _HIGH, middle + spine / 2)]
    for x in np.arange(_LOW + pitch, _HIGH - pitch, pitch):
        for end in (middle + length, middle - length) if two_rows else (middle + length,):
            outlines.append([(x - width / 2, middle), (x + width / 2, middle), (x + tip / 2, end), (x - tip / 2, end)])
    alpha = _fill(outlines)
    return alpha, _rounded(alpha, width)


def _wicker(rng):
    """Draw strands that pass over and under stakes."""
    stakes, rows = 2 * log_uniform(rng, 22, 60), 2 * log_uniform(rng, 9, 26)
    width, thickness = rng.uniform(0.15, 0.4) * stakes, rng.uniform(0.4, 0.75) * rows
    sway = rng.uniform(0.05, 0.3) * rows
    outlines = [_box(x, _LOW, x + width, _HIGH) for x in np.arange(_LOW + width, _HIGH - width, stakes)]
    x = np.linspace(_LOW, _HIGH, 240)
    relief = _fill(outlines) // 2
    for row, y in enumerate(np.arange(_LOW + rows, _HIGH - rows, rows)):
        phase = np.pi * (x / stakes + row)
        edges = [np.column_stack([x, y + sway * np.sin(phase) + half]) for half in (-thickness / 2, thickness / 2)]
        strand = np.concatenate([edges[0], edges[1][::-1]])
        height = 0.6 + 0.4 * np.interp(np.arange(_CANVAS), x, np.cos(phase))
        relief = np.maximum(relief, round_to_uint8(_fill([strand]) * height))
        outlines.append(strand)
    return _fill(outlines), _rounded(relief, thickness)


def _grid(rng):
    """Draw two families of bars that cross in a frame."""
    frame = rng.uniform(0.02, 0.06) * _CANVAS
    outlines = [_box(*ends) for ends in ((_LOW, _LOW, _HIGH, _LOW + frame), (_LOW, _HIGH - frame, _HIGH, _HIGH))]
    outlines += [_transposed(outline) for outline in outlines]
    for turn in (np.asarray, _transposed):
        pitch = 2 * log_uniform(rng, 10, 34)
        width = rng.uniform(0.15, 0.5) * pitch
        outlines += [turn(_box(x, _LOW, x + width, _HIGH)) for x in np.arange(_LOW + frame, _HIGH - frame, pitch)]
    alpha = _fill(outlines)
    return alpha, _rounded(alpha, width)


#: {kind: function of a random generator that returns alpha and relief, both uint8 `[_CANVAS, _CANVAS]`}
KINDS = {"comb": _comb, "wicker": _wicker, "grid": _grid}


def _box(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _transposed(outline):
    return np.asarray(outline)[:, ::-1]


def _fill(outlines):
    """Fill polygons of (x, y) with 255; uint8 `[_CANVAS, _CANVAS]`."""
    canvas = np.zeros((_CANVAS, _CANVAS), np.uint8)
    for outline in outlines:
        cv2.fillPoly(canvas, [to_fixed(np.asarray(outline))], 255, cv2.LINE_AA, FIXED_SHIFT)
    return canvas


def _rounded(relief, width):
    """Make bars of this width look round: brightest along their middle."""
    return cv2.GaussianBlur(relief, (0, 0), max(1, 0.3 * width))


def _paint(rng, relief):
    """Paint two tones with light, shade and grain; uint8 `[SIDE, SIDE, 3]`, RGB."""
    tones = rng.uniform(20, 235, (2, 3))
    if rng.random() < 0.6:  # wood, plastic and metal have little colour
        tones = tones.mean(axis=1, keepdims=True) + rng.uniform(-35, 35, 3)
    mix = np.clip(0.5 + rng.uniform(0, 0.6) * smooth_noise(rng, SIDE, int(rng.integers(2, 8))), 0, 1)[..., None]
    light = 1 + rng.uniform(0.2, 0.9) * (relief[..., None] / 255 - 0.7)
    grain = rng.uniform(0, 25) * (fractal_noise(rng, SIDE, 24, 3)[..., None] - 0.5)
    return round_to_uint8((tones[0] + mix * (tones[1] - tones[0])) * light + grain)
