"""From a decoded picture in any of Pillow's modes to RGB, grey levels or transparency; else an `ImageError`."""

import io

import numpy as np
from PIL import Image, ImageCms

from hop_tf.errors import UserError

# Modes that Pillow converts to RGB or grey as they should look. Others (Lab, floating point) it would reinterpret.
EIGHT_BIT_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "HSV"}

# Chroma that JPEG compression leaves on a grey picture stays below this difference between channels.
LARGEST_GREY_TINT = 48


class ImageError(UserError, ValueError):
    """A picture cannot be read or written. The message is one line: the file, what is wrong, what to do."""


def rgb(image):
    """Colours as sRGB means them: uint8 `[height, width, 3]`."""
    image = _in_srgb(image)
    if _is_16_bit(image):
        return np.repeat(_high_byte(np.asarray(image))[:, :, None], 3, axis=2)
    return np.asarray(_colours(image))


def grey(image, levels_may_be_8_bit=False):
    """Grey levels: uint8 `[height, width]`; 16-bit ones that fit 8 bits are kept as they are, if that may be."""
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


def transparency(image):
    """The alpha channel: uint8 `[height, width]`."""
    if not image.has_transparency_data:
        raise ImageError("the picture has no alpha channel")
    return np.asarray(image.convert("RGBA").getchannel("A"))


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


def _colours(image):
    """The picture in mode RGB, its transparency dropped."""
    if image.mode not in EIGHT_BIT_MODES:
        raise ImageError(f"colour mode {image.mode} is not supported; save it as 8-bit RGB or grey")
    if image.mode == "RGBa":  # colours multiplied by their alpha
        image = image.convert("RGBA")
    return image.convert("RGB")


def _is_16_bit(image):
    return image.mode == "I" or image.mode.startswith("I;16")


def _high_byte(values):
    """16-bit values to 8 bits the way Pillow does it for 16-bit RGB, so that grey and RGB files agree."""
    if values.min() < 0 or values.max() > 65535:
        raise ImageError("pixels have more than 16 bits; save the picture with 8 or 16 bits")
    return (values >> 8).astype(np.uint8)
