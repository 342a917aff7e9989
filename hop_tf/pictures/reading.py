"""Reading photos, trimaps, mattes and cut-outs: the only reader of picture files in the project."""

import contextlib
import os
import struct
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from hop_tf.errors import UserError, first_line
from hop_tf.pictures import colour_modes
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.png_rows import find_damage


def read_photo(path: str | os.PathLike, as_stored: bool = False) -> np.ndarray:
    """Read a colour picture, rotated upright according to its EXIF orientation.

    Grey, palette, CMYK, 16-bit and transparent pictures are converted to RGB. 16-bit values keep their high byte.
    Transparency is dropped: the colours beneath it are kept, not blended with a background. Colours of an embedded
    profile other than sRGB (Adobe RGB, Display P3, a printer's) are converted to sRGB, which the whole toolkit assumes.

    Args:
        path: file in any format that Pillow reads. If it holds several frames, the first is read.
        as_stored: keep the stored pixels: no rotation and no conversion to sRGB.

    Returns:
        uint8 array `[height, width, 3]`, RGB.

    Raises:
        ImageError: if the file is missing, empty, truncated, too large, a folder, or not a picture.
    """
    return _read(path, colour_modes.rgb, as_stored=as_stored)


def read_cutout(path: str | os.PathLike) -> np.ndarray:
    """Read a picture with an alpha channel, rotated upright; its colours are treated as in `read_photo`.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        uint8 array `[height, width, 4]`, RGBA. The colours are not multiplied by alpha.

    Raises:
        ImageError: as in `read_photo`, and if the picture has no alpha channel.
    """
    return _read(path, colour_modes.rgba)


def read_trimap(path: str | os.PathLike) -> np.ndarray:
    """Read a trimap as grey levels, rotated upright according to its EXIF orientation.

    RGB, palette and transparent files are read as the grey picture that they show. If all values of a 16-bit file
    fit in 8 bits, they are taken as 8-bit levels, since their high bytes would make an all-black trimap.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as in `read_photo`, and if the picture is coloured.
    """
    return _read(path, lambda image: colour_modes.grey(image, levels_may_be_8_bit=True), to_srgb=False)


def read_alpha(path: str | os.PathLike, as_stored: bool = False) -> np.ndarray:
    """Read an alpha matte as grey levels.

    Args:
        path: file in any format that Pillow reads.
        as_stored: keep the stored pixels: no rotation.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as in `read_photo`, and if the picture is coloured.
    """
    return _read(path, colour_modes.grey, as_stored=as_stored, to_srgb=False)


def read_transparency(path: str | os.PathLike) -> np.ndarray:
    """Read the alpha channel of a picture, rotated upright according to its EXIF orientation.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as in `read_photo`, and if the picture has no alpha channel.
    """
    return _read(path, lambda image: colour_modes.rgba(image)[:, :, 3], to_srgb=False)


def read_size(path: str | os.PathLike) -> tuple[int, int]:
    """Return the stored height and width of a picture in pixels, without decoding it.

    Args:
        path: file in any format that Pillow reads.

    Raises:
        OSError: if the file cannot be read or is not a picture.
        PIL.Image.DecompressionBombError: if the picture is too large to be decoded.
    """
    with _quiet_pillow(), Image.open(path) as image:
        return image.height, image.width


def check_same_size(
    path: str | os.PathLike, array: np.ndarray, other_path: str | os.PathLike, other_array: np.ndarray
) -> None:
    """Check that two pictures have the same height and width.

    Args:
        path, other_path: their files, for the error message.
        array, other_array: arrays `[height, width, ...]`.

    Raises:
        UserError: if they differ in size.
    """
    if array.shape[:2] != other_array.shape[:2]:
        turned = array.shape[:2] == other_array.shape[1::-1]
        hint = " (pictures are turned upright as their EXIF orientation says)" if turned else ""
        raise UserError(
            f"{path}: is {_size(array)} pixels but {other_path} is {_size(other_array)}{hint}; expected the same size"
        )


def _size(array):
    return f"{array.shape[1]} x {array.shape[0]}"


def _read(path, convert: Callable[[Image.Image], np.ndarray], as_stored=False, to_srgb=True):
    path = Path(path)
    try:
        if path.is_dir():
            raise ImageError(path, "is a folder; expected a picture file")
        if path.exists() and not path.is_file():
            raise ImageError(path, "is no regular file; save the picture to disk first")
        if path.stat().st_size == 0:
            raise ImageError(path, "the file is empty; copy or save it again")
        with _quiet_pillow(), Image.open(path) as opened:
            opened.load()
            if opened.format == "PNG" and (damage := find_damage(path, count_rows=_may_lack_rows(opened))):
                raise ValueError(damage)
            image: Image.Image = opened
            if not as_stored:
                image = _upright(image)
                image = colour_modes.in_srgb(image) if to_srgb else image
            return np.ascontiguousarray(convert(image))
    except ImageError:
        raise
    except colour_modes.UnsuitableError as error:
        raise ImageError(path, str(error)) from None
    except FileNotFoundError:
        raise ImageError(path, "no such file; expected a picture") from None
    except PermissionError:
        raise ImageError(path, "may not be read; check its permissions") from None
    except (Image.DecompressionBombError, MemoryError):
        raise ImageError(path, "the picture is too large to be decoded; scale it down first") from None
    except UnidentifiedImageError:
        raise ImageError(path, "not a picture that can be read; expected PNG, JPEG, TIFF or WebP") from None
    except Exception as error:  # decoders raise different errors on damaged data
        reason = first_line(getattr(error, "strerror", None) or error)  # without the path, which OSErrors repeat
        if getattr(error, "errno", None):  # from the operating system
            raise ImageError(path, f"cannot be read ({reason}); expected a picture") from error
        raise ImageError(path, f"damaged or truncated ({reason}); copy or save it again") from error


def _may_lack_rows(image):
    """Return whether rows of a decoded PNG may be missing: Pillow leaves them zero."""
    width, height = image.size
    return bool(image.info.get("interlace")) or not np.asarray(image.crop((0, height - 1, width, height))).any()


def _upright(image):
    try:
        # Without this check `exif_transpose` would copy every picture.
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
        return ImageOps.exif_transpose(image) if turned else image
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, struct.error):
        return image  # broken metadata is no reason to reject sound pixels


_reading = threading.Lock()
_readers = 0
_warnings = None


@contextlib.contextmanager
def _quiet_pillow():
    """Silence Pillow's warnings of large pictures and odd metadata, which users of this toolkit cannot act on.

    `warnings.catch_warnings` changes the filters of all threads. The first reader therefore sets them and the last one
    restores them.
    """
    global _readers, _warnings
    with _reading:
        _readers += 1
        if _readers == 1:
            _warnings = warnings.catch_warnings()
            _warnings.__enter__()
            warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        yield
    finally:
        with _reading:
            _readers -= 1
            if _readers == 0 and _warnings is not None:
                _warnings.__exit__(None, None, None)
