"""Checks of the arrays that users pass in."""

import numpy as np

DEPTHS = np.uint8, np.uint16


def check_image(image: np.ndarray) -> None:
    """Check that a photo is an RGB array.

    Args:
        image: the photo.

    Raises:
        ValueError: if it is not a uint8 or uint16 array `[height, width, 3]`.
    """
    if not isinstance(image, np.ndarray) or image.dtype not in DEPTHS or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(
            f"`image` must be a uint8 or uint16 array of shape [height, width, 3]. Received: {describe(image)}"
        )


def describe(value: object) -> str:
    """Return the dtype and shape of an array, or the type of anything else, for error messages."""
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
