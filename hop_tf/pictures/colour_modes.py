"""Conversion of decoded 8-bit pictures from any of Pillow's modes to RGB, RGBA, grey levels or alpha."""

import io

import numpy as np
from PIL import Image, ImageCms

from hop_tf.pictures.alpha_check import alpha_problem
from hop_tf.pictures.image_error import UnsuitableError

# Modes that Pillow converts correctly to RGB or grey. It would misread the others (Lab, floating point).
EIGHT_BIT_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "HSV"}

# JPEG compression tints grey pictures; the difference between their channels stays below this, and is small on average.
LARGEST_GREY_TINT = 48
LARGEST_MEAN_TINT = 8


def rgb(image: Image.Image) -> np.ndarray:
    """Return the colours, uint8 `[height, width, 3]`; transparency is dropped.

    Raises:
        UnsuitableError: if the colour mode is not supported.
    """
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


def cutout(image: Image.Image) -> np.ndarray:
    """Return the same as `rgba`, with an alpha that is one.

    Raises:
        UnsuitableError: as in `rgba`, and if alpha is a mask or a label map on another scale than 0..255, or a trimap.
    """
    array = rgba(image)
    _check_alpha(array[:, :, 3], is_channel=True)
    return array


def grey(image: Image.Image) -> np.ndarray:
    """Return the grey levels, uint8 `[height, width]`.

    Args:
        image: the picture. Its channels must be equal, up to the tint that JPEG leaves.

    Raises:
        UnsuitableError: if the picture is coloured or the colour mode is not supported.
    """
    if image.mode == "L":
        return np.asarray(image)  # three times as fast as converting to RGB and back, with the same result
    colours = np.asarray(_colours(image))
    tint = colours.max(axis=2) - colours.min(axis=2)
    if tint.max() > LARGEST_GREY_TINT or tint.mean() > LARGEST_MEAN_TINT:
        raise UnsuitableError("the picture is coloured; expected grey levels (black, grey, white)")
    return np.asarray(Image.fromarray(colours).convert("L"))


def trimap(image: Image.Image) -> np.ndarray:
    """Return the grey levels of a trimap, uint8 `[height, width]`.

    Raises:
        UnsuitableError: as in `grey`, and if parts of it are transparent, whose level nobody can see.
    """
    if image.has_transparency_data and image.mode in EIGHT_BIT_MODES:
        transparency = rgba(image)[:, :, 3]
        if transparency.min() != transparency.max():
            raise UnsuitableError(
                "parts of the trimap are transparent, so their level is unclear; fill them with black (background), "
                "grey or white (foreground) and save it without transparency"
            )
    return grey(image)


def mask(image: Image.Image) -> np.ndarray:
    """Return the levels of a mask or an alpha, uint8 `[height, width]`.

    They are those of the alpha channel, unless there is none or it is constant. A transparent colour of a grey picture
    is no alpha channel.

    Raises:
        UnsuitableError: if the levels would be those of a coloured picture, or the colour mode is not supported.
    """
    return _mask(image)[0]


def alpha(image: Image.Image, may_be_trimap: bool = False) -> np.ndarray:
    """Return the levels of an alpha, uint8 `[height, width]`, as in `mask`.

    Raises:
        UnsuitableError: as in `mask`, and if alpha is a mask or a label map on another scale than 0..255, or a trimap.
    """
    levels, is_channel = _mask(image)
    _check_alpha(levels, is_channel, may_be_trimap)
    return levels


def in_srgb(image: Image.Image) -> Image.Image:
    """Convert a picture from the colour space of its embedded profile to sRGB, if it has a sound profile."""
    profile = other_profile(image)
    if profile is None:
        return image
    try:
        if image.mode in ("P", "PA"):
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        if image.mode in ("LA", "La"):
            converted = _to_srgb(image.convert("L"), profile)
            converted.putalpha(image.getchannel("A"))
            return converted
        return _to_srgb(image, profile)
    except (ImageCms.PyCMSError, ValueError, TypeError, OSError):
        return image  # broken metadata is no reason to reject sound pixels


def has_other_profile(image: Image.Image) -> bool:
    """Return whether a picture has a readable profile of another colour space than sRGB."""
    return other_profile(image) is not None


def other_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """Return the embedded profile if it is readable and of another colour space than sRGB."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in EIGHT_BIT_MODES and not image.mode.startswith("I"):
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return None if "sRGB" in ImageCms.getProfileDescription(profile) else profile
    except (ImageCms.PyCMSError, ValueError, TypeError, OSError):
        return None


def _to_srgb(image, profile):
    srgb = ImageCms.createProfile("sRGB")
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    return ImageCms.profileToProfile(image, profile, srgb, outputMode=mode) or image


def _mask(image):
    """Return the levels of a mask, and whether they are those of an alpha channel."""
    channel = None
    has_channel = image.mode in ("LA", "PA", "RGBA", "RGBa") or (
        image.mode == "P" and isinstance(image.info.get("transparency"), bytes)
    )
    if has_channel:
        channel = rgba(image)[:, :, 3]
        if channel.min() != channel.max():
            return channel, True
    try:
        return grey(image), False
    except UnsuitableError:
        if channel is None and image.has_transparency_data and image.mode in EIGHT_BIT_MODES:
            return rgba(image)[:, :, 3], True
        if channel is None:
            raise
        raise UnsuitableError(
            f"the picture is coloured and its alpha channel is {channel.min()} everywhere; expected an alpha matte "
            "(black, grey, white) or an alpha channel that holds it"
        ) from None


def _check_alpha(levels, is_channel, may_be_trimap=False):
    if problem := alpha_problem(levels, is_channel, may_be_trimap):
        raise UnsuitableError(problem)


def _colours(image):
    """Return the picture in mode RGB, without its transparency."""
    if image.mode not in EIGHT_BIT_MODES:
        raise UnsuitableError(f"colour mode {image.mode} is not supported; save it as 8-bit RGB or grey")
    if image.mode == "RGBa":  # colours multiplied by their alpha
        image = image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")
