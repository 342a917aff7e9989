"""Random changes of hue, saturation and brightness of a foreground or background."""

import cv2
import numpy as np

from hop_tf.pictures.eight_bit import round_to_uint8


def jitter_hsv(
    rng: np.random.Generator, picture: np.ndarray, hue: float = 12, saturation: float = 0.25, value: float = 0.25
) -> np.ndarray:
    """Shift the hue and scale saturation and value at random.

    Args:
        rng: random generator.
        picture: uint8 array `[height, width, 3]`, RGB.
        hue: largest shift, in units of 2 degrees.
        saturation, value: largest relative changes.

    Returns:
        uint8 array `[height, width, 3]`, RGB.
    """
    ramp = np.arange(256)
    shift = rng.uniform(-hue, hue)
    tables = np.stack([
        (ramp + shift) % 180,
        ramp * rng.uniform(1 - saturation, 1 + saturation),
        ramp * rng.uniform(1 - value, 1 + value),
    ], axis=1)  # fmt: skip
    tables = np.clip(np.rint(tables), 0, [179, 255, 255]).astype(np.uint8)[None]
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    return cv2.cvtColor(cv2.LUT(hsv, tables), cv2.COLOR_HSV2RGB)


def jitter_around_mean(rng: np.random.Generator, picture: np.ndarray, alpha: np.ndarray, hue: float = 40) -> np.ndarray:
    """Shift the colours of a foreground as in the paper: dull and dark foregrounds change most.

    Saturation and value each shift by up to a tenth of (1.1 - mean), with the mean taken where alpha is not 0. Values
    outside 0..1 are reflected.

    Args:
        rng: random generator.
        picture: uint8 array `[height, width, 3]`, RGB.
        alpha: float32 array `[height, width]` in 0..1.
        hue: largest shift of the hue in degrees.

    Returns:
        uint8 array `[height, width, 3]`, RGB.
    """
    visible = cv2.compare(alpha, 0, cv2.CMP_GT)
    if not visible.any():
        return picture
    hsv = cv2.cvtColor(cv2.multiply(picture, (1 / 255,) * 3, dtype=cv2.CV_32F), cv2.COLOR_RGB2HSV)
    mean = np.array(cv2.mean(hsv, visible)[1:3])
    shift = rng.uniform(-1, 1, 3) * [hue, *(1.1 - mean) / 10]
    hsv = cv2.add(hsv, (*shift, 0.0), dst=hsv)
    degrees, saturation, value = cv2.split(hsv)
    degrees += np.where(degrees < 0, np.float32(360), np.float32(0)) - np.where(degrees >= 360, np.float32(360), 0)
    planes = [degrees] + [1 - cv2.absdiff(1.0, cv2.absdiff(plane, 0.0)) for plane in (saturation, value)]
    rgb = cv2.cvtColor(cv2.merge(planes), cv2.COLOR_HSV2RGB)
    return cv2.convertScaleAbs(rgb, alpha=255)


def match_colours(
    rng: np.random.Generator, foreground: np.ndarray, background: np.ndarray, alpha: np.ndarray
) -> np.ndarray:
    """Move the mean colour of a foreground towards that of the background and reduce its contrast.

    The result is like a black cat in front of a black sofa.

    Args:
        rng: random generator.
        foreground, background: uint8 arrays `[height, width, 3]`, RGB.
        alpha: float32 array `[height, width]` in 0..1.

    Returns:
        The foreground, uint8 array `[height, width, 3]`, RGB.
    """
    visible, around = cv2.compare(alpha, 0.1, cv2.CMP_GT), cv2.compare(alpha, 0.5, cv2.CMP_LE)
    if not visible.any() or not around.any():
        return foreground
    old = np.array(cv2.mean(foreground, visible)[:3])
    new = old + rng.uniform(0.5, 1.1) * (np.array(cv2.mean(background, around)[:3]) - old)
    contrast = rng.uniform(0.4, 1)
    table = round_to_uint8((np.arange(256)[:, None] - old) * contrast + new)[None]
    return cv2.LUT(foreground, table)
