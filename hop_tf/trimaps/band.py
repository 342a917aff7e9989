"""The unknown band of a trimap, around the edge of a mask."""

import numpy as np

from hop_tf.pictures.array_check import check_image, describe
from hop_tf.pictures.trimap import trimap_from_mask

SHARE_OF_LONGER_SIDE = 0.02


def default_width(shape: tuple[int, ...]) -> int:
    """Return the usual width of the band on each side of an edge, in pixels: 2 % of the photo's longer side.

    Args:
        shape: (height, width, ...) of the photo.
    """
    return max(2, round(SHARE_OF_LONGER_SIDE * max(shape[:2])))


def trimap_of(photo: np.ndarray, mask: np.ndarray, width: float | None = None) -> np.ndarray:
    """Return a trimap whose unknown band follows the edge of a mask.

    Args:
        photo: uint8 or uint16 `[height, width, 3]`, RGB.
        mask: bool `[height, width]`, the object; or uint8 levels as in `hop_tf.pictures.trimap.trimap_from_mask`.
        width: width of the band on each side of the edge, in pixels; `None` chooses it.

    Returns:
        uint8 `[height, width]` with the levels 0, 128 and 255.

    Raises:
        ValueError: if the photo or the mask has another type or shape.
    """
    check_image(photo)
    if mask.dtype not in (bool, np.uint8) or mask.shape != photo.shape[:2]:
        raise ValueError(f"`mask` must be bool or uint8, of shape {photo.shape[:2]}. Received: {describe(mask)}")
    levels = mask.astype(np.uint8) * 255 if mask.dtype == bool else mask
    return trimap_from_mask(levels, default_width(photo.shape) if width is None else width)
