"""Writing PNG, TIFF and OpenEXR files."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from hop_tf.pictures.array_check import DEPTHS
from hop_tf.pictures.atomic_write import atomic_write
from hop_tf.pictures.eight_bit import change_depth
from hop_tf.pictures.exr import write_exr
from hop_tf.pictures.tiff import write_tiff

_BGR = {3: [2, 1, 0], 4: [2, 1, 0, 3]}


def write_png(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write a PNG file. If writing fails, an existing file of that name is left unchanged.

    Args:
        path: the file to write. Its folder must exist.
        array: uint8 or uint16 array, grey `[height, width]`, RGB `[height, width, 3]` or RGBA `[height, width, 4]`.

    Raises:
        ValueError: if the array has another type or shape.
        WriteError: if the file cannot be written.
    """
    _write(path, array, _png)


def write_picture(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write a file in the format that its suffix names. If writing fails, an existing file is left unchanged.

    Args:
        path: the file to write, `.png`, `.tif`, `.tiff` or `.exr`. Its folder must exist.
        array: as in `write_png`. OpenEXR files hold linear light in half floats; their colours are multiplied by alpha,
            and a grey picture becomes premultiplied white.

    Raises:
        MissingPackageError: if it is an OpenEXR file and the package that writes it is not installed.
        ValueError: if the array has another type or shape, or the path another suffix.
        WriteError: if the file cannot be written.
    """
    writers = {".png": _png, ".tif": write_tiff, ".tiff": write_tiff, ".exr": _exr}
    suffix = Path(path).suffix.lower()
    if suffix not in writers:
        raise ValueError(f"`path` must end with {', '.join(writers)}. Received: {path}")
    _write(path, array, writers[suffix])


def _write(path, array, write: Callable[[Path, np.ndarray], None]):
    array = np.asarray(array)
    is_picture = array.ndim == 2 or array.ndim == 3 and array.shape[2] in (3, 4)
    if array.dtype not in DEPTHS or not is_picture:
        raise ValueError(
            "`array` must be uint8 or uint16 of shape [height, width], [height, width, 3] or [height, width, 4]. "
            f"Received: {array.dtype} {array.shape}"
        )
    with atomic_write(path) as temporary:
        write(temporary, array)


def _png(path, array):
    if array.dtype == np.uint8:
        # About as small as with Pillow's default strategy, in a quarter of the time.
        Image.fromarray(array).save(path, format="PNG", compress_type=zlib.Z_RLE)
        return
    bgr = array if array.ndim == 2 else np.ascontiguousarray(array[:, :, _BGR[array.shape[2]]])
    written, png = cv2.imencode(".png", bgr)  # Pillow writes no colours of 16 bits
    if not written:
        raise OSError("OpenCV cannot encode the picture")
    path.write_bytes(png)


def _exr(path, array):
    write_exr(path, change_depth(array, np.uint16))
