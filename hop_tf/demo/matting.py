"""Reading uploads, matting and writing results. Independent of the page and of Gradio."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hop_tf.demo.marks import LEVELS
from hop_tf.demo.painting import is_mask
from hop_tf.errors import UserError
from hop_tf.inference.find_alpha import AlphaPredictor, find_alpha
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.foreground import composite, cutout
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import check_same_size, read_photo, read_size, read_trimap
from hop_tf.pictures.trimap_check import check_trimap
from hop_tf.pictures.writing import write_png
from hop_tf.trimaps.masks import fitted, read_any_mask

Background = np.ndarray | tuple[int, ...]


def read_upload(read: Callable[[str], np.ndarray], path: str, max_megapixels: float) -> np.ndarray:
    """Read an uploaded picture.

    Args:
        read: a function of `hop_tf.pictures.reading`, such as `read_photo`.
        path: the file on the server. Error messages show only its name.
        max_megapixels: size above which a picture is rejected before it is decoded.

    Returns:
        The array that `read` returns.

    Raises:
        ImageError: if `read` raises it or the picture is too large.
    """
    name = Path(path).name
    try:
        height, width = read_size(path)
        megapixels = height * width / 1e6
        if megapixels > max_megapixels:
            raise ImageError(
                name,
                f"has {megapixels:.1f} megapixels, this page takes {max_megapixels:g}; "
                "scale it down or start the page with a larger --max-megapixels",
            )
        return read(path)
    except ImageError as error:
        raise ImageError(name, error.reason) from error


def read_given(path: str, max_megapixels: float) -> np.ndarray:
    """Read an uploaded trimap, or a mask of any two levels or colours.

    Args:
        path: the file on the server.
        max_megapixels: as in `read_upload`.

    Returns:
        uint8 `[height, width]`.

    Raises:
        ImageError: as in `read_upload`.
        UserError: if all of several levels would be background.
    """
    try:
        levels = read_upload(read_trimap, path, max_megapixels)
    except ImageError as error:  # a mask may be coloured or transparent where a trimap may not
        try:
            levels = read_upload(read_any_mask, path, max_megapixels)
        except ImageError:
            raise error from None
        if not is_mask(levels):
            raise
    if not is_mask(levels):
        try:
            check_trimap(levels)
        except ValueError as error:
            raise UserError(f"{Path(path).name}: {error}") from error
    return levels


def read_pair(
    photo_path: str | None, trimap_path: str | None, max_megapixels: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read an uploaded photo and its trimap.

    Args:
        photo_path: the photo on the server; `None` if there is none yet.
        trimap_path: its trimap or mask on the server, or `None`.
        max_megapixels: as in `read_upload`.

    Returns:
        The photo, uint8 `[height, width, 3]`, RGB, and the trimap or mask, uint8 `[height, width]`, or `None`. A mask
        is scaled to the photo's size.

    Raises:
        ImageError: as in `read_upload`.
        UserError: if there is no photo, or photo and trimap differ in size or in shape, and as in `read_given`.
    """
    if photo_path is None:
        raise UserError("there is no photo yet; choose one first")
    photo = read_upload(read_photo, photo_path, max_megapixels)
    if trimap_path is None:
        return photo, None
    given = read_given(trimap_path, max_megapixels)
    name = Path(trimap_path).name
    if is_mask(given):
        return photo, fitted(name, given, photo.shape)
    check_same_size(name, given, Path(photo_path).name, photo)
    return photo, given


def matte(predictor: AlphaPredictor, photo: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Find the alpha of a photo.

    Args:
        predictor: the network.
        photo: uint8 `[height, width, 3]`, RGB.
        trimap: uint8 `[height, width]` with the levels 0, 128 and 255.

    Returns:
        float32 `[height, width]` in 0..1.

    Raises:
        UserError: if no pixel is unknown, and as in `find_alpha`.
    """
    if not (trimap == LEVELS["unknown"]).any():
        raise UserError("no pixel is unknown; paint the outline, hair and everything half transparent as unknown")
    return find_alpha(predictor, "the photo", photo, trimap)


def background_of(kind: str, colour: str, picture_path: str | None, max_megapixels: float) -> Background | None:
    """Return the background that a visitor chose.

    Args:
        kind: `"Transparent"`, `"White"`, `"Colour"` or `"Picture"`.
        colour: `"#rrggbb"` or `"rgba(red, green, blue, alpha)"`.
        picture_path: the picture on the server, or `None`.
        max_megapixels: as in `read_upload`.

    Returns:
        uint8 `[height, width, 3]`, RGB; three ints in 0..255; or `None` for a transparent background, and as long as
        there is no picture.
    """
    if kind == "White":
        return 255, 255, 255
    if kind == "Picture":
        return None if picture_path is None else read_upload(read_photo, picture_path, max_megapixels)
    if kind == "Transparent":
        return None
    if colour.startswith("#"):
        return tuple(bytes.fromhex(colour[1:7]))
    return tuple(round(float(number)) for number in re.findall(r"[\d.]+", colour)[:3])


def write_results(
    folder: str | os.PathLike, stem: str, photo: np.ndarray, trimap: np.ndarray, alpha: np.ndarray
) -> dict[str, str]:
    """Write the cut-out, the alpha matte and the trimap into a folder, and return their paths by kind."""
    pictures = {"cutout": cutout(photo, alpha), "alpha": to_uint8(alpha), "trimap": trimap}
    return {kind: _write(folder, stem, kind, array) for kind, array in pictures.items()}


def write_composite(
    folder: str | os.PathLike, stem: str, photo: np.ndarray, alpha: np.ndarray, background: Background
) -> str:
    """Write the foreground on another background, and return the path."""
    return _write(folder, stem, "composite", composite(photo, alpha, background))


def _write(folder: str | os.PathLike, stem: str, kind: str, array: np.ndarray) -> str:
    path = Path(folder, f"{stem}_{kind}.png")
    write_png(path, array)
    return str(path)
