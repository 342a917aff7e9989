"""The transfer function of sRGB, IEC 61966-2-1."""

import numpy as np


def to_linear(values: np.ndarray) -> np.ndarray:
    """Return the linear light of sRGB values.

    Args:
        values: float array of any shape, in 0..1.
    """
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(values.dtype)


def from_linear(light: np.ndarray) -> np.ndarray:
    """Return the sRGB values of linear light.

    Args:
        light: float array of any shape. Values outside 0..1 are clipped.
    """
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(light.dtype)
