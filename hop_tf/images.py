"""Reads photos and mattes as people have them on disk, and writes PNG files whole or not at all."""

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from hop_tf.replacing import replacing

# Modes that Pillow converts to RGB or grey as they should look. Others (Lab, floating point) it would reinterpret.
EIGHT_BIT_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "HSV"}

# Chroma that JPEG compression leaves on a grey picture stays below this difference between channels.
LARGEST_GREY_TINT = 48


class ImageError(ValueError):
    """A picture cannot be read or written. The message is one line: the file, what is wrong, what to do."""


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
    return _read(path, lambda image: _rgb(_in_srgb(image)))


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
    return _read(path, lambda image: _grey(image, levels_may_be_8_bit=True))


def read_alpha(path):
    """Reads a matte as grey levels: uint8 array `[height, width]`. Errors as in `read_trimap`."""
    return _read(path, _grey)


def read_transparency(path):
    """Reads the alpha channel of a picture, upright as its EXIF orientation says.

    Returns:
        uint8 array `[height, width]`.

    Raises:
        ImageError: as `read_photo`, and if the picture has no alpha channel.
    """
    return _read(path, _transparency)


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


def _in_srgb(image):
    """The picture with the colours that its embedded profile means, where there is one and it is sound."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return image
        srgb = ImageCms.createProfile("sRGB")
        mode = "RGB" if image.mode == "CMYK" else image.mode
        return ImageCms.profileToProfile(image, profile, srgb, outputMode=mode)
    except (ImageCms.PyCMSError, ValueError, TypeError, OSError):
        return image  # as with other broken metadata


def _rgb(image):
    if _is_16_bit(image):
        grey = _high_byte(np.asarray(image))
        return np.repeat(grey[:, :, None], 3, axis=2)
    return np.asarray(_colours(image))


def _grey(image, levels_may_be_8_bit=False):
    if _is_16_bit(image):
        values = np.asarray(image)
        if levels_may_be_8_bit and values.max() <= 255 and values.min() >= 0:
            return values.astype(np.uint8)
        return _high_byte(values)
    if image.mode == "L":
        return np.asarray(image)  # three times as fast as by way of colours, and the same
    colours = np.asarray(_colours(image))
    tint = int((colours.max(axis=2) - colours.min(axis=2)).max())
    if tint > LARGEST_GREY_TINT:
        raise ImageError("the picture is coloured; expected grey levels (black, grey, white)")
    return np.asarray(Image.fromarray(colours).convert("L"))


def _colours(image):
    """The picture in mode RGB, its transparency dropped."""
    if image.mode not in EIGHT_BIT_MODES:
        raise ImageError(f"colour mode {image.mode} is not supported; save it as 8-bit RGB or grey")
    if image.mode == "RGBa":  # colours multiplied by their alpha
        image = image.convert("RGBA")
    return image.convert("RGB")


def _transparency(image):
    if not image.has_transparency_data:
        raise ImageError("the picture has no alpha channel")
    return np.asarray(image.convert("RGBA").getchannel("A"))


def _is_16_bit(image):
    return image.mode == "I" or image.mode.startswith("I;16")


def _high_byte(values):
    """16-bit values to 8 bits the way Pillow does it for 16-bit RGB, so that grey and RGB files agree."""
    if values.min() < 0 or values.max() > 65535:
        raise ImageError("pixels have more than 16 bits; save the picture with 8 or 16 bits")
    return (values >> 8).astype(np.uint8)


def _reason(error):
    """The first line of an error's text, without the file name that operating-system errors repeat."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.splitlines()[0]
