"""Conversion of decoded pictures from any of Pillow's modes to RGB, RGBA or grey levels."""

import io

import numpy as np
from PIL import Image, ImageCms

# Modes that Pillow converts correctly to RGB or grey. It would misread the others (Lab, floating point).
EIGHT_BIT_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "HSV"}

# JPEG compression tints grey pictures; the difference between their channels stays below this.
LARGEST_GREY_TINT = 48


class UnsuitableError(Exception):
    """An undamaged picture cannot be converted as asked. The message is one line without the file's name."""


def rgb(image: Image.Image) -> np.ndarray:
    """Return the colours, uint8 `[height, width, 3]`; transparency is dropped.

    Raises:
        UnsuitableError: if the colour mode is not supported.
    """
    if _is_16_bit(image):
        return np.repeat(_high_byte(np.asarray(image))[:, :, None], 3, axis=2)
    return np.asarray(_colours(image))


def rgba(image: Image.Image) -> np.ndarray:
    """Return the colours, not multiplied by alpha, and alpha: uint8 `[height, width, 4]`.

    Raises:
        UnsuitableError: if there is no alpha channel or the colour mode is not supported.
    """
    if not image.has_transparency_data:
        raise UnsuitableError("the picture has no alpha channel")
    if image.mode not in EIGHT_BIT_MODES:
        raise UnsuitableError(f"transparency in colour mode {image.mode} is not supported; save it as RGBA")
    return np.asarray(image if image.mode == "RGBA" else image.convert("RGBA"))


def grey(image: Image.Image, levels_may_be_8_bit: bool = False) -> np.ndarray:
    """Return the grey levels, uint8 `[height, width]`.

    Args:
        image: the picture. Its channels must be equal, up to the tint that JPEG leaves.
        levels_may_be_8_bit: whether 16-bit values are kept as they are if all of them fit in 8 bits.

    Raises:
        UnsuitableError: if the picture is coloured or the colour mode is not supported.
    """
    if _is_16_bit(image):
        values = np.asarray(image)
        if levels_may_be_8_bit and values.max() <= 255 and values.min() >= 0:
            return values.astype(np.uint8)
        return _high_byte(values)
    if image.mode == "L":
        return np.asarray(image)  # three times as fast as converting to RGB and back, with the same result
    colours = np.asarray(_colours(image))
    tint = int((colours.max(axis=2) - colours.min(axis=2)).max())
    if tint > LARGEST_GREY_TINT:
        raise UnsuitableError("the picture is coloured; expected grey levels (black, grey, white)")
    return np.asarray(Image.fromarray(colours).convert("L"))


def in_srgb(image: Image.Image) -> Image.Image:
    """Convert a picture from the colour space of its embedded profile to sRGB, if it has a sound profile."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return image
        srgb = ImageCms.createProfile("sRGB")
        mode = "RGB" if image.mode == "CMYK" else image.mode
        return ImageCms.profileToProfile(image, profile, srgb, outputMode=mode) or image
    except (ImageCms.PyCMSError, ValueError, TypeError, OSError):
        return image  # broken metadata is no reason to reject sound pixels


def _colours(image):
    """Return the picture in mode RGB, without its transparency."""
    if image.mode not in EIGHT_BIT_MODES:
        raise UnsuitableError(f"colour mode {image.mode} is not supported; save it as 8-bit RGB or grey")
    if image.mode == "RGBa":  # colours multiplied by their alpha
        image = image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")


def _is_16_bit(image):
    return image.mode == "I" or image.mode.startswith("I;16")


def _high_byte(values):
    """Return the high byte of 16-bit values, as Pillow does for 16-bit RGB files, to treat grey and RGB alike."""
    if values.min() < 0 or values.max() > 65535:
        raise UnsuitableError("pixels have more than 16 bits; save the picture with 8 or 16 bits")
    return (values >> 8).astype(np.uint8)
