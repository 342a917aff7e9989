"""Foreground colours without the old background, and the pictures made from them: cut-outs and composites."""

import contextlib
import importlib.util
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from hop_tf.errors import MissingPackageError, install_hint
from hop_tf.pictures.array_check import DEPTHS, check_image, describe
from hop_tf.pictures.eight_bit import change_depth, round_levels, to_levels, white

_LOCK = threading.Lock()  # without OpenMP, numba ends a process that runs two estimates at once


def check_installed() -> None:
    """Check that PyMatting is installed.

    Raises:
        MissingPackageError: if it is not. The message names the command that installs it.
    """
    _pymatting_folder()


def estimate_foreground(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Estimate the foreground colour of each pixel, without the background that shows through.

    Germer et al., "Fast Multi-Level Foreground Estimation", ICPR 2020. Where alpha is 1, the colours of the photo are
    kept. Where it is 0, the colours of the nearby foreground continue.

    Args:
        image: uint8 or uint16 array `[height, width, 3]`, RGB.
        alpha: float32 array `[height, width]` in 0..1.

    Returns:
        Array of the dtype and shape of the image, RGB.

    Raises:
        MissingPackageError: if PyMatting is not installed.
        ValueError: if a type or shape is wrong, or image and alpha differ in size.
    """
    _check(image, alpha)
    if alpha.size == 1:
        return image.copy()  # PyMatting needs more pixels
    with _LOCK:
        estimate_foreground_ml = _pymatting_function()
        with _one_thread():
            foreground = estimate_foreground_ml(image / np.float32(white(image.dtype)), alpha)
    foreground = to_levels(foreground, image.dtype)
    np.copyto(foreground, image, where=(alpha == 1)[:, :, None])
    return foreground


def cutout(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Cut out the foreground, with alpha as its transparency.

    Args:
        image: uint8 or uint16 array `[height, width, 3]`, RGB.
        alpha: float32 array `[height, width]` in 0..1.

    Returns:
        Array `[height, width, 4]` of the image's dtype, RGBA. The colours are not multiplied by alpha.

    Raises:
        MissingPackageError, ValueError: as in `estimate_foreground`.
    """
    _check(image, alpha)
    levels = to_levels(alpha, image.dtype)
    # The rounded alpha keeps the background out of pixels whose alpha rounds to 0.
    return np.dstack([estimate_foreground(image, levels / np.float32(white(image.dtype))), levels])


def composite(image: np.ndarray, alpha: np.ndarray, background: np.ndarray | Sequence[int]) -> np.ndarray:
    """Composite the foreground with another background.

    Args:
        image: uint8 or uint16 array `[height, width, 3]`, RGB.
        alpha: float32 array `[height, width]` in 0..1.
        background: a colour, three ints in 0..255, RGB; or a uint8 or uint16 array `[any height, any width, 3]`, RGB,
            which is scaled to cover the photo and cropped around its centre.

    Returns:
        Array of the dtype and shape of the image, RGB.

    Raises:
        MissingPackageError: as in `estimate_foreground`.
        ValueError: as in `estimate_foreground`, and if `background` is neither.
    """
    _check(image, alpha)
    behind = change_depth(_background(background, alpha.shape), image.dtype)
    front = estimate_foreground(image, alpha).astype(np.float32)
    front -= behind
    front *= alpha[:, :, None]
    front += behind
    return round_levels(front, image.dtype)


def _background(background, size):
    if isinstance(background, np.ndarray) and background.ndim == 3:
        if background.dtype not in DEPTHS or background.shape[2] != 3 or background.size == 0:
            raise ValueError(
                "`background` must be a colour or a uint8 or uint16 array of shape [height, width, 3]. "
                f"Received: {background.dtype} {background.shape}"
            )
        if background.dtype == np.uint8:
            return _fit(background, size)
        channels = [_fit(channel.astype(np.float32), size) for channel in np.moveaxis(background, 2, 0)]
        return round_levels(np.dstack(channels), np.uint16)
    colour = np.asarray(background)
    if colour.shape != (3,) or colour.dtype.kind not in "iu" or colour.min() < 0 or colour.max() > 255:
        raise ValueError(
            "`background` must be three ints in 0..255 or a uint8 array of shape [height, width, 3]. "
            f"Received: {background!r}"
        )
    return colour.astype(np.uint8)


def _fit(array, size):
    return np.asarray(ImageOps.fit(Image.fromarray(array), size[::-1], Image.Resampling.LANCZOS))


def _check(image, alpha):
    check_image(image)
    if (
        not isinstance(alpha, np.ndarray)
        or alpha.dtype != np.float32
        or alpha.shape != image.shape[:2]
        or not alpha.size
    ):
        raise ValueError(
            "`alpha` must be a float32 array of the image's height and width, at least 1. "
            f"Received: alpha {describe(alpha)}, image {image.shape}"
        )
    if not (alpha.min() >= 0 and alpha.max() <= 1):
        raise ValueError(f"`alpha` must lie in 0..1. Received: {alpha.min()} to {alpha.max()}")


@contextlib.contextmanager
def _one_thread():
    """Run numba on one thread: only the scaling is parallel, and on a busy machine its threads mostly wait."""
    import numba

    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)


def _pymatting_folder():
    package = importlib.util.find_spec("pymatting")
    if package is None or not package.submodule_search_locations:
        raise MissingPackageError(f"foreground colours need PyMatting: {install_hint('cutout')}")
    return Path(package.submodule_search_locations[0])


def _pymatting_function():
    """Import only the needed module of PyMatting, because importing all of it compiles for a minute the first time.

    The module keeps its full name, under which numba caches the compiled code.
    """
    name = "pymatting.foreground.estimate_foreground_ml"
    if name not in sys.modules:
        path = _pymatting_folder().joinpath(*name.split(".")[1:]).with_suffix(".py")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name].estimate_foreground_ml
