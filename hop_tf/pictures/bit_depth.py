"""Pictures of more than 8 bits per channel: their 16-bit values, and their reduction to 8 bits."""

import os
from typing import Any

import cv2
import numpy as np
from PIL import ExifTags, Image, ImagePalette, TiffImagePlugin

from hop_tf.pictures.image_error import UnsuitableError

# Tags of TIFF files, which Pillow leaves to its users for grey levels of more than 8 bits, or misreads.
_BITS, _PHOTOMETRIC, _PLANES, _PALETTE = 258, 262, 284, 320
_WHITE_IS_ZERO, _SEPARATE = 0, 2

_HOLDS_8_BITS = "a 16-bit picture whose values all fit in 8 bits (0..255); save it with 8 bits"


def mend(image: Image.Image) -> None:
    """Correct what Pillow misreads in TIFF files, in place. Call it before `load`.

    It takes 16-bit values for 8-bit ones if each channel is stored separately and uncompressed, and expects palettes of
    16 bits, although old programs store 8.
    """
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    tags = image.tag_v2
    if tags.get(_PLANES) == _SEPARATE and 16 in tags.get(_BITS, ()):
        tiles: list[Any] = image.tile
        order = "B" if tags.prefix == b"MM" else "L"
        image.tile = [
            tile._replace(args=(image.mode if tile.args[0] == "I" else f"{tile.args[0]};16{order}", *tile.args[1:]))
            if tile.codec_name == "raw"
            else tile
            for tile in tiles
        ]
    palette = tags.get(_PALETTE, ())
    if image.mode == "P" and palette and max(palette) <= 255:
        image.palette = ImagePalette.raw("RGB", np.reshape(palette, (3, -1)).T.astype(np.uint8).tobytes())


def truncates(image: Image.Image) -> bool:
    """Return whether Pillow will keep only the high bytes of a 16-bit colour picture. Call it before `load`."""
    if image.mode not in ("RGB", "RGBA", "LA", "CMYK"):
        return False
    tiles = [str(tile.args) for tile in getattr(image, "tile", ())]
    return image.format == "JPEG2000" or any(";16" in args or "65535" in args for args in tiles)


def eight_bit(
    image: Image.Image, path: str | os.PathLike, truncated: bool, levels_may_be_8_bit: bool = False
) -> Image.Image:
    """Return a loaded picture with 8 bits per channel: the high bytes of 16-bit values.

    Values that all fit in 8 bits would become 0. They come from programs that store 8-bit levels in 16-bit files.

    Args:
        image: the picture.
        path: its file.
        truncated: the result of `truncates` before the picture was loaded.
        levels_may_be_8_bit: whether to take such values as 8-bit levels. Otherwise they are an error.

    Raises:
        UnsuitableError: if values have more than 16 bits, or all fit in 8 bits.
    """
    if truncated and not any(high <= 1 for _, high in _bands(image)):  # where Pillow rounds, 8-bit values become 1
        return image
    parts = _parts(image, path, truncated)
    if parts is None:
        return image
    if not parts:
        raise UnsuitableError(_HOLDS_8_BITS)
    hold_8_bits = [_holds_8_bits(part) for part in parts]
    if any(hold_8_bits) and not levels_may_be_8_bit:
        raise UnsuitableError(_HOLDS_8_BITS)
    levels = [part if low else part >> 8 for part, low in zip(parts, hold_8_bits, strict=True)]
    array = np.concatenate(levels, axis=2) if len(levels) > 1 else levels[0]
    return _with_information(np.ascontiguousarray(array.astype(np.uint8)), image)


def channels_of_16_bits(image: Image.Image, path: str | os.PathLike, truncated: bool) -> list[Image.Image] | None:
    """Return the colours of a loaded 16-bit picture without their reduction to 8 bits.

    Args:
        image, path, truncated: as in `eight_bit`.

    Returns:
        One picture of mode `I;16` for each of red, green and blue, or one of grey levels, with the profile and the
        orientation of the picture; `None` if it has 8 bits, or if its high bytes are not what Pillow has read, as with
        colours multiplied by alpha.

    Raises:
        UnsuitableError: as in `eight_bit`.
    """
    parts = _parts(image, path, truncated)
    if not parts:
        return None
    if any(_holds_8_bits(part) for part in parts):
        raise UnsuitableError(_HOLDS_8_BITS)
    colours = parts[0].astype(np.uint16)
    bands = [colours] if colours.ndim == 2 else [colours[:, :, i] for i in range(colours.shape[2])]
    if truncated:
        read = image.split()[: 1 if image.mode == "LA" else 3]
        if not all(np.array_equal(band >> 8, np.asarray(seen)) for band, seen in zip(bands, read, strict=False)):
            return None
    return [_with_information(np.ascontiguousarray(band), image) for band in bands]


def _parts(image, path, truncated):
    """Return grey levels, or colours and alpha (whose size is 0 if there is none).

    `None` if they have 8 bits, an empty list if OpenCV cannot tell.
    """
    if image.mode == "I" or image.mode.startswith("I;16"):
        return [_grey_values(image)]
    if not truncated:
        return None
    if image.mode == "CMYK" or getattr(image, "tag_v2", {}).get(_PLANES) == _SEPARATE:
        return []
    values = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        return None
    has_alpha = image.mode != "RGB"  # or a fourth channel that is something else
    return [values[:, :, 2::-1], values[:, :, 3 : 4 if has_alpha else 3]]


def _holds_8_bits(part):
    return part.size > 0 and 0 < part.max() <= 255


def _with_information(array, image):
    """Return an array as a picture with the profile and the orientation of another one."""
    copy = Image.fromarray(array)
    if "icc_profile" in image.info:
        copy.info["icc_profile"] = image.info["icc_profile"]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = _orientation(image)  # none in TIFF files, which both libraries have rotated
    copy.info["exif"] = exif.tobytes()
    return copy


def _bands(image):
    """Return the smallest and the largest level of the colours, and of alpha if there is one."""
    extrema = image.getextrema()
    alpha = extrema[-1:] if image.mode in ("RGBA", "LA") else ()
    colours = extrema[: len(extrema) - len(alpha)]
    return [(min(low for low, _ in colours), max(high for _, high in colours)), *alpha]


def _grey_values(image):
    """Return grey levels on the scale of 16 bits."""
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise UnsuitableError("pixels have more than 16 bits; save the picture with 8 or 16 bits")
    tags = getattr(image, "tag_v2", {})
    if image.mode.startswith("I;16") and tags.get(_BITS) == (12,):
        values = values << 4 | values >> 8
    return 65535 - values if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else values


def _orientation(image):
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken metadata is no reason to reject sound pixels
        return 1
    return orientation if orientation in range(1, 9) else 1
