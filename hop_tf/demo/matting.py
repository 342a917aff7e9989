"""What the page does with uploaded files. Knows nothing of the page itself."""

import re
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from hop_tf.demo.painting import LEVELS
from hop_tf.errors import UserError
from hop_tf.inference.find_alpha import find_alpha
from hop_tf.pictures.foreground import composite, cutout
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import check_same_size, read_photo, read_trimap
from hop_tf.pictures.writing import write_png


def read_upload(read, path, max_megapixels):
    """Reads an uploaded picture.

    Args:
        read: `read_photo` or `read_trimap`.
        path: str, where the file lies. Of this, messages show the name alone.
        max_megapixels: float, size from which on a picture is refused before it is decoded.

    Raises:
        ImageError: as `read` raises it, and if the picture is too large.
    """
    name = Path(path).name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a large picture, which is refused here with a better word
            with Image.open(path) as image:
                megapixels = image.width * image.height / 1e6
    except Exception:
        megapixels = 0  # what is wrong with it `read` says
    if megapixels > max_megapixels:
        raise ImageError(
            name,
            f"has {megapixels:.1f} megapixels, this page takes {max_megapixels:g}; "
            "scale it down or start the page with a larger --max-megapixels",
        )
    try:
        return read(path)
    except ImageError as error:
        raise ImageError(name, error.reason) from error


def read_pair(photo_path, trimap_path, not_painted, max_megapixels):
    """Reads an uploaded photo and its trimap.

    Args:
        photo_path: str.
        trimap_path: str, or None: the trimap is one level all over.
        not_painted: str, a key of `LEVELS`: this level.
        max_megapixels: as of `read_upload`.

    Raises:
        ImageError: as `read_upload`.
        UserError: if they differ in size.
    """
    photo = read_upload(read_photo, photo_path, max_megapixels)
    if trimap_path is None:
        return photo, np.full(photo.shape[:2], LEVELS[not_painted], np.uint8)
    trimap = read_upload(read_trimap, trimap_path, max_megapixels)
    check_same_size(Path(trimap_path).name, trimap, Path(photo_path).name, photo)
    return photo, trimap


def matte(predictor, photo, trimap):
    """Finds the alpha of a photo, float32 `[height, width]` in 0..1, from a trimap of the levels 0, 128 and 255.

    Raises:
        UserError: if no pixel is unknown, so that there is nothing to find, or as `find_alpha`.
    """
    if not (trimap == LEVELS["unknown"]).any():
        raise UserError("no pixel is unknown; paint the outline, hair and whatever is half transparent as unknown")
    return find_alpha(predictor, "the photo", photo, trimap)


def background_of(colour, picture_path, max_megapixels):
    """The picture, if there is one, else the colour, `#rrggbb` or `rgba(red, green, blue, alpha)`, as three ints."""
    if picture_path is not None:
        return read_upload(read_photo, picture_path, max_megapixels)
    if colour.startswith("#"):
        return tuple(bytes.fromhex(colour[1:7]))
    return tuple(round(float(number)) for number in re.findall(r"[\d.]+", colour)[:3])


def write_results(folder, stem, photo, trimap, alpha):
    """Writes the trimap, the matte and the cut-out into a folder; returns their paths."""
    pictures = {"alpha": np.round(alpha * 255).astype(np.uint8), "cutout": cutout(photo, alpha), "trimap": trimap}
    return [_write(folder, stem, kind, array) for kind, array in pictures.items()]


def write_composite(folder, stem, photo, alpha, background):
    """Writes the foreground on another background; returns the path."""
    return _write(folder, stem, "composite", composite(photo, alpha, background))


def _write(folder, stem, kind, array):
    path = Path(folder, f"{stem}_{kind}.png")
    write_png(path, array)
    return str(path)
