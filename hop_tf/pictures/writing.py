"""Writing PNG files."""

import os

import numpy as np
from PIL import Image

from hop_tf.pictures.atomic_write import atomic_write


def write_png(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write a PNG file. If writing fails, an existing file of that name is left unchanged.

    Args:
        path: the file to write. Its folder must exist.
        array: uint8 array, grey `[height, width]`, RGB `[height, width, 3]` or RGBA `[height, width, 4]`.

    Raises:
        ValueError: if the array has another type or shape.
        WriteError: if the file cannot be written.
    """
    array = np.asarray(array)
    if array.dtype != np.uint8 or not (array.ndim == 2 or array.ndim == 3 and array.shape[2] in (3, 4)):
        raise ValueError(
            "`array` must be uint8 of shape [height, width], [height, width, 3] or [height, width, 4]. "
            f"Received: {array.dtype} {array.shape}"
        )
    with atomic_write(path) as temporary:
        Image.fromarray(array).save(temporary, format="PNG")
