"""The paper's trimap: alpha of exactly 1 and of exactly 0, each eroded by an ellipse; the rest is unknown."""

import cv2
import numpy as np

from hop_tf.datasets.transforms.trimap import BACKGROUND, FOREGROUND, UNKNOWN

#: What resampling in float32 leaves of an exact 1 or 0.
_ROUNDING = 1e-5


def random_erosion(rng, largest=29):
    """Diameters in pixels, 1 to ``largest``, of the two ellipses: (for the foreground, for the background)."""
    return int(rng.integers(1, largest + 1)), int(rng.integers(1, largest + 1))


def erode_trimap(alpha, diameters):
    """The trimap of an alpha matte.

    Args:
        alpha: float32 [H, W], 0..1.
        diameters: of the ellipses that erode alpha == 1 and alpha == 0.

    Returns:
        uint8 [H, W]: 255 foreground, 128 unknown, 0 background.
    """
    certain = cv2.inRange(alpha, 1 - _ROUNDING, 2), cv2.inRange(alpha, -1, _ROUNDING)
    foreground, background = (
        cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter)))
        for mask, diameter in zip(certain, diameters, strict=True)
    )
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[foreground > 0] = FOREGROUND
    trimap[background > 0] = BACKGROUND
    return trimap
