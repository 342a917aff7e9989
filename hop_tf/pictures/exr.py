"""OpenEXR files, which compositing software exchanges: linear light in half floats, colours multiplied by alpha."""

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.errors import MissingPackageError, first_line, install_hint
from hop_tf.pictures import srgb

SUFFIX = ".exr"
_SIGNATURE = b"\x76\x2f\x31\x01"


def check_installed() -> None:
    """Check that the package OpenEXR is installed.

    Raises:
        MissingPackageError: if it is not. The message names the command that installs it.
    """
    if not importlib.util.find_spec("OpenEXR"):
        raise MissingPackageError(f".exr files need OpenEXR: {install_hint('exr')}")


def is_exr(path: str | os.PathLike) -> bool:
    """Return whether a file begins as OpenEXR files do."""
    with open(path, "rb") as file:
        return file.read(len(_SIGNATURE)) == _SIGNATURE


def read_exr_size(path: str | os.PathLike) -> tuple[int, int]:
    """Return the height and width in pixels that reading an OpenEXR file takes memory for, from its header.

    Where data and display windows differ, or there are several parts, it is the largest height and the largest width.

    Args:
        path: the file.

    Raises:
        MissingPackageError: if OpenEXR is not installed.
        ValueError: if the file is damaged.
    """
    with _opened(path, header_only=True) as file:
        windows = [part.header[name] for part in file.parts for name in ("dataWindow", "displayWindow")]
    width, height = np.max([np.subtract(last, first, dtype=np.int64) + 1 for first, last in windows], axis=0)
    return int(height), int(width)


def read_exr(path: str | os.PathLike) -> np.ndarray:
    """Read the colours of an OpenEXR file in its display window, converted from linear light to sRGB.

    Pixels outside the data window are black. Light above 1 becomes white. Where there is an alpha channel, the colours
    are divided by it.

    Args:
        path: a file with the channels R, G and B, or Y.

    Returns:
        uint16 array `[height, width, 3]`, RGB.

    Raises:
        MissingPackageError: if OpenEXR is not installed.
        ValueError: if the file is damaged or has other channels.
    """
    with _opened(path, separate_channels=True) as file:
        channels = {name: channel.pixels for name, channel in file.channels().items()}
        data, display = file.header()["dataWindow"], file.header()["displayWindow"]
    names = "RGB" if "R" in channels else "YYY"
    if not set(names) <= channels.keys():
        raise ValueError(f"expected the channels R, G and B, or Y, not {', '.join(channels)}")
    light = np.stack([np.asarray(channels[name], np.float32) for name in names], axis=2)
    if "A" in channels:
        alpha = np.asarray(channels["A"], np.float32)[:, :, None]
        np.divide(light, alpha, out=light, where=alpha > 0)
    light = _in_window(light, data, display)
    return np.rint(srgb.from_linear(np.nan_to_num(light)) * 65535).astype(np.uint16)


def write_exr(path: Path, array: np.ndarray) -> None:
    """Write a picture as half floats with ZIP compression.

    RGB colours are converted from sRGB to linear light; with alpha, they are multiplied by it afterwards. A grey
    picture is taken for an alpha matte, which is linear already, and is written to all of R, G, B and A: premultiplied
    white.

    Args:
        path: the file.
        array: uint16 array, alpha `[height, width]`, RGB `[height, width, 3]` or RGBA `[height, width, 4]` with colours
            that are not multiplied by alpha.

    Raises:
        MissingPackageError: if OpenEXR is not installed.
        OSError: if the file cannot be written.
    """
    check_installed()
    import OpenEXR

    values = array.astype(np.float32) / 65535
    if values.ndim == 2:
        values = np.repeat(values[:, :, None], 4, axis=2)
    else:
        values[:, :, :3] = srgb.to_linear(values[:, :, :3])
        values[:, :, :3] *= values[:, :, 3:] if values.shape[2] == 4 else 1
    header: dict[str, Any] = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    try:
        with OpenEXR.File(header, {"RGBA"[: values.shape[2]]: values.astype(np.float16)}) as file:
            file.write(str(path))
    except RuntimeError as error:
        raise OSError(first_line(error)) from error


@contextlib.contextmanager
def _opened(path, **options: bool) -> Iterator[Any]:
    check_installed()
    import OpenEXR

    try:
        with OpenEXR.File(str(path), **options) as file:
            yield file
    except (RuntimeError, TypeError) as error:
        raise ValueError(first_line(error)) from error


def _in_window(light, data, display):
    """Return the part of a picture's data window that lies in its display window, and 0 around it."""
    (left, top), (right, bottom) = (np.asarray(corner, np.int64) - display[0] for corner in data)
    width, height = np.subtract(display[1], display[0], dtype=np.int64) + 1
    if (left, top, right, bottom) == (0, 0, width - 1, height - 1):
        return light
    shown = np.zeros((height, width, light.shape[2]), light.dtype)
    inside = light[max(-top, 0) : max(height - top, 0), max(-left, 0) : max(width - left, 0)]
    top, left = max(top, 0), max(left, 0)
    shown[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return shown
