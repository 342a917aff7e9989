"""Reading photos, trimaps, mattes and cut-outs: the only reader of picture files in the project."""

import contextlib
import functools
import os
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from hop_tf.errors import MissingPackageError, UserError, first_line
from hop_tf.pictures import bit_depth, colour_modes, exr, icc
from hop_tf.pictures.eight_bit import change_depth
from hop_tf.pictures.image_error import ImageError, TooLargeError, UnsuitableError
from hop_tf.pictures.png_rows import find_damage


def read_photo(path: str | os.PathLike, to_srgb: bool = True, keep_depth: bool = False) -> np.ndarray:
    """Read a colour picture, rotated upright according to its EXIF orientation.

    Grey, palette, CMYK, 16-bit and transparent pictures are converted to RGB. 16-bit values keep their high byte,
    unless `keep_depth` asks for all bits. OpenEXR files hold linear light, which is converted to 16-bit sRGB.
    Transparency is dropped: the colours beneath it are kept, not blended with a background. Colours of an embedded
    profile other than sRGB (Adobe RGB, Display P3, a printer's) are converted to sRGB, which the whole toolkit assumes.

    Args:
        path: file in any format that Pillow reads. If it holds several frames, the first is read.
        to_srgb: whether to convert colours to sRGB. `False` keeps their stored values.
        keep_depth: whether to keep the 16 bits of PNG, TIFF, JPEG 2000 and OpenEXR files. Colours of a profile with
            lookup tables, as printers have, are reduced to 8 bits nevertheless.

    Returns:
        uint8 array `[height, width, 3]`, RGB; or uint16, if `keep_depth` is set and the file has more than 8 bits.

    Raises:
        ImageError: if the file is missing, empty, truncated, too large, a folder, or not a picture; if it is a TIFF
            file of floating-point values; or if its 16-bit values all fit in 8 bits.
        MissingPackageError: if it is an OpenEXR file and the package that reads it is not installed.
    """
    return _read(path, colour_modes.rgb, to_srgb=to_srgb, keep_depth=keep_depth)


def read_cutout(path: str | os.PathLike) -> np.ndarray:
    """Read a picture with an alpha channel, rotated upright; its colours are treated as in `read_photo`.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        uint8 array `[height, width, 4]`, RGBA. The colours are not multiplied by alpha.

    Raises:
        ImageError: as in `read_photo`; if the picture has no alpha channel; and if alpha is a trimap, or a mask or a
            label map on another scale than 0..255, as in `read_alpha`.
    """
    return _read(path, colour_modes.cutout)


def read_trimap(path: str | os.PathLike) -> np.ndarray:
    """Read a trimap as grey levels, rotated upright according to its EXIF orientation.

    RGB and palette files are read as the grey picture that they show. If all values of a 16-bit file fit in 8 bits,
    they are taken as 8-bit levels, since their high bytes would make an all-black trimap.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as in `read_photo`, and if the picture is coloured or parts of it are transparent.
    """
    return _read(path, colour_modes.trimap, to_srgb=False, levels_may_be_8_bit=True)


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """Read a rough mask of any levels, rotated upright: its alpha channel, or else its grey levels, as in `read_alpha`.

    16-bit files of 8-bit levels are read as in `read_trimap`.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as in `read_photo`, and if the picture is coloured and has no alpha channel that varies.
    """
    return _read(path, colour_modes.mask, to_srgb=False, levels_may_be_8_bit=True)


def read_alpha(path: str | os.PathLike, may_be_trimap: bool = False) -> np.ndarray:
    """Read an alpha matte, rotated upright: true alphas and mattes to score, for training, compositing and evaluation.

    The alpha channel is read if there is one that is not constant, otherwise the grey levels of the picture.

    Args:
        path: file in any format that Pillow reads.
        may_be_trimap: whether a trimap is accepted, as a matte to score that is 0.5 wherever alpha is unknown.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as in `read_photo`; if the picture is coloured and has no alpha channel that varies; and if the
            levels can only be those of a mask or a label map: few levels below 32, or two levels other than 0 and 255;
            or those of a trimap: a band of one level of grey between black and white. In an alpha channel, two levels
            are accepted if one is at least 128.
    """
    return _read(path, functools.partial(colour_modes.alpha, may_be_trimap=may_be_trimap), to_srgb=False)


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


def has_other_profile(path: str | os.PathLike) -> bool:
    """Return whether a picture has a colour profile other than sRGB, from which `read_photo` converts.

    Args:
        path: file in any format that Pillow reads.

    Raises:
        OSError: if the file cannot be read or is not a picture.
    """
    with _quiet_pillow(), Image.open(path) as image:
        return colour_modes.has_other_profile(image)


def read_size(path: str | os.PathLike) -> tuple[int, int]:
    """Return the stored height and width of a picture in pixels, without decoding it.

    Args:
        path: file in any format that Pillow reads, or an OpenEXR file, whose size is as in `exr.read_exr_size`.

    Raises:
        ImageError: as in `read_photo`, as far as the header shows.
        MissingPackageError: as in `read_photo`.
    """
    path = Path(path)
    with _one_error(path):
        if exr.is_exr(path):
            return exr.read_exr_size(path)
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


def _read(
    path,
    convert: Callable[[Image.Image], np.ndarray],
    to_srgb=True,
    levels_may_be_8_bit=False,
    keep_depth=False,
):
    path = Path(path)
    with _one_error(path):
        if exr.is_exr(path):
            return _exr_photo(path, convert, keep_depth)
        # From an open file, because Pillow would map a file that it is given by name, and then misread rotated TIFFs.
        with _quiet_pillow(), path.open("rb") as file, Image.open(file) as opened:
            bit_depth.mend(opened)
            truncated = bit_depth.truncates(opened)
            opened.load()
            if opened.format == "PNG" and (damage := find_damage(path, count_rows=_may_lack_rows(opened))):
                raise ValueError(damage)
            if keep_depth and (photo := _photo_of_16_bits(opened, path, truncated, to_srgb)) is not None:
                return photo
            image = _upright(bit_depth.eight_bit(opened, path, truncated, levels_may_be_8_bit))
            return np.ascontiguousarray(convert(colour_modes.in_srgb(image) if to_srgb else image))


@contextlib.contextmanager
def _one_error(path: Path) -> Iterator[None]:
    """Raise an `ImageError` if a path is no picture file, or for whatever error a decoder raises."""
    try:
        if path.is_dir():
            raise ImageError(path, "is a folder; expected a picture file")
        if path.exists() and not path.is_file():
            raise ImageError(path, "is not a regular file; save the picture to disk first")
        if path.stat().st_size == 0:
            raise ImageError(path, "the file is empty; copy or save it again")
        yield
    except (ImageError, MissingPackageError):
        raise
    except UnsuitableError as error:
        raise ImageError(path, str(error)) from None
    except FileNotFoundError:
        raise ImageError(path, "no such file; expected a picture") from None
    except PermissionError:
        raise ImageError(path, "may not be read; check its permissions") from None
    except (Image.DecompressionBombError, MemoryError):
        raise TooLargeError(path, "the picture is too large to be decoded; scale it down first") from None
    except UnidentifiedImageError:
        if _is_unsupported_tiff(path):
            reason = "a TIFF file of an unsupported kind, such as floating point; save it as 8-bit RGB, RGBA or grey"
        else:
            reason = "not a picture that can be read; expected PNG, JPEG, TIFF or WebP"
        raise ImageError(path, reason) from None
    except Exception as error:  # decoders raise different errors on damaged data
        reason = first_line(getattr(error, "strerror", None) or error)  # without the path, which OSErrors repeat
        if getattr(error, "errno", None):  # from the operating system
            raise ImageError(path, f"cannot be read ({reason}); expected a picture") from error
        raise ImageError(path, f"damaged or truncated ({reason}); copy or save it again") from error


def _exr_photo(path, convert, keep_depth):
    if convert is not colour_modes.rgb:
        raise UnsuitableError("OpenEXR files are read as photos only; save it as PNG or TIFF")
    photo = exr.read_exr(path)
    return photo if keep_depth else change_depth(photo, np.uint8)


def _photo_of_16_bits(opened, path, truncated, to_srgb):
    """Return uint16 `[height, width, 3]`, or `None` if a picture has 8 bits or its profile is converted in 8 bits."""
    channels = bit_depth.channels_of_16_bits(opened, path, truncated)
    if channels is None:
        return None
    photo = np.stack([np.asarray(_upright(channel)) for channel in channels], axis=2)
    if to_srgb and (profile := colour_modes.other_profile(channels[0])):
        converted = icc.convert_to_srgb(photo if len(channels) == 3 else photo[:, :, 0], profile.tobytes())
        if converted is None:
            return None
        photo = converted.reshape(photo.shape)
    return np.ascontiguousarray(np.broadcast_to(photo, (*photo.shape[:2], 3)))


def _is_unsupported_tiff(path):
    """Return whether a file that Pillow does not identify is a sound TIFF file of an unsupported kind."""
    try:
        with _quiet_pillow():
            TiffImagePlugin.TiffImageFile(path).close()
    except SyntaxError as error:
        return "unknown pixel mode" in str(error)
    except Exception:  # decoders raise different errors on damaged data
        return False
    return False


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
