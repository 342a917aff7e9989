"""Conversion of 16-bit colours from an ICC profile to sRGB, which Pillow offers for 8 bits only.

Profiles of three tone curves and a matrix, such as Adobe RGB, Display P3 and ProPhoto RGB, and grey profiles of one
tone curve are supported (ICC.1:2022, Annex F.3). Profiles with lookup tables, as of printers, are not.
"""

import struct
from functools import cache

import numpy as np
from PIL import ImageCms

from hop_tf.pictures import srgb

_LOOKUP_TABLES = ("A2B0", "A2B1", "D2B0", "D2B1")  # where there are any, they go first
# Number of parameters of each type of parametric curve, in the order g, a, b, c, d, e, f (table 70).
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}


def convert_to_srgb(values: np.ndarray, profile: bytes) -> np.ndarray | None:
    """Convert 16-bit colours to sRGB.

    Args:
        values: uint16 array, RGB `[height, width, 3]` or grey `[height, width]`.
        profile: the embedded ICC profile.

    Returns:
        uint16 array of the same shape, or `None` if the profile is of another kind or damaged.
    """
    try:
        tags = _tags(profile)
        if any(name in tags for name in _LOOKUP_TABLES):
            return None
        if values.ndim == 2:
            light = _curve(tags["kTRC"])[values]
        else:
            channels = [_curve(tags[f"{name}TRC"])[values[:, :, i]] for i, name in enumerate("rgb")]
            light = np.stack(channels, axis=2) @ (_from_d50() @ _matrix(tags)).T.astype(np.float32)
    except (KeyError, ValueError, struct.error, ZeroDivisionError):
        return None
    return np.rint(srgb.from_linear(light) * 65535).astype(np.uint16)


def _tags(profile):
    """Return the content of each tag of a profile (section 7.3)."""
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(count))
    return {name.decode("latin-1"): profile[start : start + size] for name, start, size in entries}


def _matrix(tags):
    """Return the matrix from linear RGB to XYZ with the white point D50."""
    return np.array([np.frombuffer(tags[f"{name}XYZ"][8:20], ">i4") / 65536 for name in "rgb"]).T


@cache
def _from_d50():
    """Return the matrix from XYZ with the white point D50 to linear sRGB."""
    return np.linalg.inv(_matrix(_tags(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())))


def _curve(content):
    """Return the linear light of each 16-bit level, float32 `[65536]` (sections 10.6 and 10.18)."""
    kind, count = struct.unpack_from(">4s4xI", content)
    x = np.linspace(0, 1, 65536)
    if kind == b"curv":
        table = np.frombuffer(content[12 : 12 + 2 * count], ">u2")
        if len(table) != count:
            raise ValueError("truncated curve")
        if count < 2:
            return (x ** (table[0] / 256 if count else 1)).astype(np.float32)
        return np.interp(x, np.linspace(0, 1, count), table / 65535).astype(np.float32)
    if kind != b"para":
        raise ValueError("unknown curve")
    function = count >> 16
    parameters = np.frombuffer(content[12 : 12 + 4 * _PARAMETERS[function]], ">i4") / 65536
    g, a, b, c, d, e, f = np.pad(parameters, (0, 7 - len(parameters))).tolist()
    if function == 0:
        return (x**g).astype(np.float32)
    if function in (1, 2):  # the offset is c from -b / a on; below, it is the constant 0 or c
        c, d, e, f = 0.0, -b / a, c, c
    return np.where(x >= d, np.maximum(a * x + b, 0) ** g + e, c * x + f).astype(np.float32)
