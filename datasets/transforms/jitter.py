"""Small random changes of hue, saturation and brightness of a foreground or background."""

import cv2
import numpy as np


def jitter_hsv(rng, picture, hue=12, saturation=0.25, value=0.25):
    """Shifts hue by up to ``hue`` (of 180), scales saturation and value by up to the given shares.

    Args:
        picture: uint8 RGB [H, W, 3].

    Returns:
        uint8 RGB [H, W, 3].
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
