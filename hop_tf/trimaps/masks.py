"""Read masks made by other programs."""

import os

import cv2
import numpy as np

from hop_tf.errors import UserError
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.mask_levels import two_levels
from hop_tf.pictures.reading import read_mask, read_photo

_SHAPE_TOLERANCE = 0.02  # of the ratio of width and height: small masks have rounded sizes


def read_any_mask(path: str | os.PathLike) -> np.ndarray:
    """Read a mask: an alpha channel, grey levels, or two colours of which the lighter one is the object.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        uint8 `[height, width]`.

    Raises:
        ImageError: as in `hop_tf.pictures.reading.read_mask`, and if the picture has more than two colours.
    """
    try:
        return read_mask(path)
    except ImageError:
        lightness = cv2.cvtColor(read_photo(path, to_srgb=False), cv2.COLOR_RGB2GRAY)
        if two_levels(lightness) is None:
            raise
        return lightness


def fitted(path: str | os.PathLike, picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Scale a mask or strokes to the size of a photo.

    Args:
        path: its file, for the error message.
        picture: uint8 or bool `[height, width]`.
        shape: (height, width, ...) of the photo.

    Returns:
        An array of the same dtype and the photo's height and width.

    Raises:
        UserError: if the ratios of width and height differ.
    """
    (height, width), (photo_height, photo_width) = picture.shape, shape[:2]
    if (height, width) == (photo_height, photo_width):
        return picture
    if abs(width * photo_height / (height * photo_width) - 1) > _SHAPE_TOLERANCE:
        raise UserError(
            f"{path}: is {width} x {height} pixels but the photo is {photo_width} x {photo_height}; "
            "expected the same size, or another size of the same shape"
        )
    smaller = width > photo_width
    interpolation = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    if picture.dtype == bool:
        scaled = cv2.resize(picture.astype(np.float32), (photo_width, photo_height), interpolation=interpolation)
        return scaled > (0 if smaller else 0.5)  # thin strokes stay
    return cv2.resize(picture, (photo_width, photo_height), interpolation=interpolation)
