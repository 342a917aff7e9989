"""Reads photos and mattes as people have them on disk, and writes PNG files whole or not at all."""

import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from hop_tf.errors import UserError
from hop_tf.pictures import colour_modes
from hop_tf.pictures.atomic_write import replacing
from hop_tf.pictures.colour_modes import ImageError
from hop_tf.pictures.png_rows import has_all_rows


def read_photo(path):
    """Reads a colour picture, upright as its EXIF orientation says.

    Grey, palette, CMYK, 16-bit and transparent pictures all come out as RGB: 16-bit values keep their high byte,
    transparency is dropped (the colours under it are kept, not blended with a background). Colours of an embedded
    profile other than sRGB, such as Adobe RGB, Display P3 or that of a printer, become those of sRGB, which all that
    is computed and written here is taken for.

    Args:
        path: file in any format that Pillow reads. Of several frames the first counts.

    Returns:
        uint8 array `[height, width, 3]`, RGB.

    Raises:
        ImageError: if the file is missing, empty, truncated, too large, a folder, or no such picture.
    """
    return _read(path, colour_modes.rgb)


def read_trimap(path):
    """Reads a trimap as grey levels, upright as its EXIF orientation says.

    RGB, palette and transparent files are taken as the grey picture that they show. A 16-bit file whose values all
    fit 8 bits is taken to hold 8-bit levels, since a trimap that is black all over has no use.

    Args:
        path: file in any format that Pillow reads.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as `read_photo`, and if the picture is coloured.
    """
    return _read(path, lambda image: colour_modes.grey(image, levels_may_be_8_bit=True))


def read_alpha(path):
    """Reads a matte as grey levels: uint8 array `[height, width]`. Errors as in `read_trimap`."""
    return _read(path, colour_modes.grey)


def read_transparency(path):
    """Reads the alpha channel of a picture, upright as its EXIF orientation says.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as `read_photo`, and if the picture has no alpha channel.
    """
    return _read(path, colour_modes.transparency)


def check_same_size(path, array, other_path, other_array):
    """Raise `UserError` unless two pictures have the same height and width."""
    if array.shape[:2] != other_array.shape[:2]:
        turned = array.shape[:2] == other_array.shape[1::-1]
        hint = " (pictures are turned upright as their EXIF orientation says)" if turned else ""
        raise UserError(
            f"{path}: is {_size(array)} pixels but {other_path} is {_size(other_array)}{hint}; expected the same size"
        )


def _size(array):
    return f"{array.shape[1]} x {array.shape[0]}"


def write_png(path, array):
    """Writes a PNG file; on failure nothing is left behind and an earlier file of that name is untouched.

    Args:
        path: where to write. The folder must exist.
        array: uint8 array, grey `[height, width]`, RGB `[height, width, 3]` or RGBA `[height, width, 4]`.

    Raises:
        ValueError: if the array is none of these.
        ImageError: if the file cannot be written.
    """
    array = np.asarray(array)
    if array.dtype != np.uint8 or not (array.ndim == 2 or array.ndim == 3 and array.shape[2] in (3, 4)):
        raise ValueError(
            "`array` must be uint8 of shape [height, width], [height, width, 3] or [height, width, 4]. "
            f"Received: {array.dtype} {array.shape}"
        )
    try:
        with replacing(path) as temporary:
            Image.fromarray(array).save(temporary, format="PNG")
    except OSError as error:
        raise ImageError(f"{path}: cannot be written ({_reason(error)}); choose another place") from error


def _read(path, convert):
    path = Path(path)
    try:
        if path.is_dir():
            raise ImageError("is a folder; expected a picture file")
        if path.exists() and not path.is_file():
            raise ImageError("is no regular file; save the picture to disk first")
        if path.stat().st_size == 0:
            raise ImageError("the file is empty; copy or save it again")
        with warnings.catch_warnings():
            # Pillow warns of large pictures and odd metadata: nothing that a user of this toolkit could act on.
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                image.load()
                if image.format == "PNG" and not has_all_rows(path):
                    raise ValueError("fewer rows than its header claims")
                return np.ascontiguousarray(convert(_upright(image)))
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from None
    except FileNotFoundError:
        raise ImageError(f"{path}: no such file; expected a picture") from None
    except PermissionError:
        raise ImageError(f"{path}: may not be read; check its permissions") from None
    except (Image.DecompressionBombError, MemoryError):
        raise ImageError(f"{path}: the picture is too large to be decoded; scale it down first") from None
    except UnidentifiedImageError:
        raise ImageError(f"{path}: not a picture that can be read; expected PNG, JPEG, TIFF or WebP") from None
    except Exception as error:  # what a decoder raises on damaged data depends on the format
        if getattr(error, "errno", None):  # the operating system's own
            raise ImageError(f"{path}: cannot be read ({_reason(error)}); expected a picture") from error
        raise ImageError(f"{path}: damaged or truncated ({_reason(error)}); copy or save it again") from error


def _upright(image):
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, struct.error):
        return image  # broken metadata is no reason to refuse sound pixels


def _reason(error):
    """The first line of an error's text, without the file name that operating-system errors repeat."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.splitlines()[0]
