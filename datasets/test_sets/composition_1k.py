"""Composition-1k, pixel by pixel as the script published with the Adobe Image Matting data set makes it."""

import math
import os
import uuid
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from hop_tf.datasets.sources.files import BadImage
from hop_tf.datasets.transforms.erosion_trimap import erode_trimap, random_erosion

FOLDERS = ("merged", "alpha", "trimap")


class Composite(NamedTuple):
    """One picture of the test set: where it comes from and what it is called.

    Attributes:
        name: ``<foreground>_<number of the background>.png``.
        foreground, alpha, background: paths.
        trimap: path of the published trimap, or None.
    """

    name: str
    foreground: Path
    alpha: Path
    background: Path
    trimap: Path | None


def plan_composites(foregrounds, backgrounds, per_foreground=20):
    """The composites in published order: backgrounds are dealt out one after the other.

    Args:
        foregrounds: list of (foreground, alpha) paths.
        backgrounds: list of paths, at least ``per_foreground`` for each foreground; the surplus is not used.
    """
    needed = len(foregrounds) * per_foreground
    if len(backgrounds) < needed:
        raise ValueError(f"{needed} backgrounds are needed. Received: {len(backgrounds)}")
    plan = []
    for place, (colour, alpha) in enumerate(foregrounds):
        for number in range(per_foreground):
            name = f"{colour.stem}_{number}.png"
            published = colour.parents[1] / "trimaps" / name
            trimap = published if published.is_file() else None
            plan.append(Composite(name, colour, alpha, backgrounds[place * per_foreground + number], trimap))
    return plan


def write_composite(composite, output, seed=0):
    """Writes one composite with its alpha and trimap; files that exist are kept.

    Args:
        composite: Composite.
        output: folder with the subfolders ``merged``, ``alpha`` and ``trimap``.
        seed: of the trimap, where there is no published one.

    Returns:
        Whether anything was written.
    """
    targets = [Path(output) / folder / composite.name for folder in FOLDERS]
    if all(target.is_file() for target in targets):
        return False
    colour, alpha = _open(composite.foreground, "RGB"), _open(composite.alpha, "L")
    if colour.size != alpha.size:
        raise BadImage(composite.alpha, f"differs in size from {composite.foreground}")
    merged = lay_over(np.asarray(colour), np.asarray(alpha), cover(_open(composite.background, "RGB"), colour.size))
    if composite.trimap is None:
        diameters = random_erosion(np.random.default_rng([seed, *composite.name.encode()]))
        trimap = Image.fromarray(erode_trimap(np.asarray(alpha, np.float32) / 255, diameters))
    else:
        trimap = _open(composite.trimap, "L")
    # The merged picture comes last: where it exists, a broken-off run has left its alpha and trimap too.
    for picture, target in ((alpha, targets[1]), (trimap, targets[2]), (Image.fromarray(merged), targets[0])):
        _save(picture, target)
    return True


def cover(background, size):
    """The background enlarged (cubic, never shrunk) to cover ``size``, and its top left part of that size.

    Args:
        background: Pillow image, RGB.
        size: (width, height).

    Returns:
        uint8 RGB [height, width, 3].
    """
    ratio = max(size[0] / background.width, size[1] / background.height)
    if ratio > 1:
        enlarged = math.ceil(background.width * ratio), math.ceil(background.height * ratio)
        background = background.resize(enlarged, Image.Resampling.BICUBIC)
    return np.asarray(background.crop((0, 0, *size)))


def lay_over(foreground, alpha, background):
    """a F + (1 - a) B in float64, cut off (not rounded) to uint8 [H, W, 3]; all inputs are uint8."""
    share = alpha[..., None] / 255.0
    return (share * foreground + (1 - share) * background).astype(np.uint8)


def _open(path, mode):
    try:
        with Image.open(path) as image:
            return image.convert(mode)
    except (OSError, SyntaxError, ValueError) as error:
        raise BadImage(path, "cannot be read as an image; it is missing, damaged or truncated") from error


def _save(picture, target):
    """Writes a PNG under another name first: what has its name is whole."""
    temporary = target.with_name(f".{uuid.uuid4().hex}.png")
    try:
        picture.save(temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
