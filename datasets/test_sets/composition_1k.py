"""Composition-1k, equal pixel by pixel to the output of the script published with Adobe Image Matting."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from hop_tf.datasets.sources.cutouts import load_cutout
from hop_tf.datasets.transforms.erosion_trimap import erode_trimap, random_erosion
from hop_tf.errors import UserError
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import check_same_size, read_alpha, read_photo, read_trimap
from hop_tf.pictures.writing import write_png

FOLDERS = ("merged", "alpha", "trimap")


class Composite(NamedTuple):
    """One picture of the test set.

    Attributes:
        name: `<foreground>_<number of the background>.png`.
        foreground, alpha, background: paths of the parts. In a cut-out, foreground and alpha are the same file.
        trimap: path of the published trimap, or `None`.
    """

    name: str
    foreground: Path
    alpha: Path
    background: Path
    trimap: Path | None


def plan_composites(
    foregrounds: Sequence[tuple[Path, Path]], backgrounds: Sequence[Path], per_foreground: int = 20
) -> list[Composite]:
    """Return the composites in the published order: each foreground takes the next backgrounds.

    Args:
        foregrounds: pairs (foreground, alpha) of paths.
        backgrounds: paths, at least `per_foreground` for each foreground. The remainder is not used.
        per_foreground: number of backgrounds for each foreground.

    Raises:
        UserError: if there are too few backgrounds, or two foregrounds have the same stem.
    """
    needed = len(foregrounds) * per_foreground
    if len(backgrounds) < needed:
        raise UserError(
            f"{needed} backgrounds are needed, {per_foreground} for each of {len(foregrounds)} foregrounds; there are "
            f"only {len(backgrounds)}; add photos or lower --per-foreground"
        )
    paths: dict[str, Path] = {}
    for colour, _ in foregrounds:
        if (other := paths.setdefault(colour.stem, colour)) != colour:
            raise UserError(f"{colour}: {other} has the same stem, so their composites too; rename one of the two")
    plan = []
    for place, (colour, alpha) in enumerate(foregrounds):
        for number in range(per_foreground):
            name = f"{colour.stem}_{number}.png"
            published = colour.parents[1] / "trimaps" / name
            trimap = published if published.is_file() else None
            plan.append(Composite(name, colour, alpha, backgrounds[place * per_foreground + number], trimap))
    return plan


def write_composite(composite: Composite, output: str | Path, seed: int = 0, to_srgb: bool = True) -> bool:
    """Write one composite with its alpha and trimap, unless all three files exist.

    Args:
        composite: the composite.
        output: folder with the subfolders `merged`, `alpha` and `trimap`.
        seed: seed of the trimap that is drawn if there is no published one.
        to_srgb: whether to convert colours to sRGB, as training does. The published script keeps the stored ones.

    Returns:
        Whether files were written.

    Raises:
        ImageError: if a part cannot be read, or foreground and alpha differ in size.
        WriteError: if a file cannot be written.
    """
    targets = {folder: Path(output) / folder / composite.name for folder in FOLDERS}
    if all(target.is_file() for target in targets.values()):
        return False
    colour, alpha = _front(composite.foreground, composite.alpha, to_srgb)
    background = cover(read_photo(composite.background, to_srgb), alpha.shape)
    write_png(targets["alpha"], alpha)
    write_png(targets["trimap"], _trimap(composite, alpha, seed))
    # The merged picture comes last: if it exists, an interrupted run has already written its alpha and trimap.
    write_png(targets["merged"], lay_over(colour, alpha, background))
    return True


def _front(colour_path, alpha_path, to_srgb):
    """Return the colours and the alpha of a foreground as training reads them."""
    if alpha_path == colour_path:
        return load_cutout(colour_path)
    colour, alpha = read_photo(colour_path, to_srgb), read_alpha(alpha_path)
    if colour.shape[:2] != alpha.shape:
        raise ImageError(alpha_path, f"differs in size from {colour_path}")
    return colour, alpha


def _trimap(composite, alpha, seed):
    if composite.trimap is not None:
        trimap = read_trimap(composite.trimap)
        check_same_size(composite.trimap, trimap, composite.alpha, alpha)
        return trimap
    diameters = random_erosion(np.random.default_rng([seed, *composite.name.encode()]))
    return erode_trimap(np.asarray(alpha, np.float32) / 255, diameters)


def cover(background: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Enlarge a background (cubic, never shrinking it) until it covers `size`, and crop the top left part.

    Args:
        background: uint8 array `[any height, any width, 3]`, RGB.
        size: (height, width) in pixels.

    Returns:
        uint8 array `[height, width, 3]`, RGB.
    """
    height, width = background.shape[:2]
    ratio = max(size[0] / height, size[1] / width)
    if ratio > 1:
        enlarged = math.ceil(width * ratio), math.ceil(height * ratio)
        background = np.asarray(Image.fromarray(background).resize(enlarged, Image.Resampling.BICUBIC))
    return background[: size[0], : size[1]]


def lay_over(foreground: np.ndarray, alpha: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Compute alpha F + (1 - alpha) B in float64 and truncate it, without rounding, as the published script does.

    Args:
        foreground, background: uint8 arrays `[height, width, 3]`.
        alpha: uint8 array `[height, width]`.

    Returns:
        uint8 array `[height, width, 3]`.
    """
    share = alpha[..., None] / 255.0
    return (share * foreground + (1 - share) * background).astype(np.uint8)
