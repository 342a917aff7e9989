"""The paper's trimap: the regions where alpha is exactly 1 and exactly 0, each eroded by an ellipse."""

from collections.abc import Sequence

import cv2
import numpy as np

from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN

#: Deviation from 1 and 0 that resampling in float32 causes.
_ROUNDING = 1e-5


def random_erosion(rng: np.random.Generator, largest: int = 29) -> tuple[int, int]:
    """Return random diameters of the ellipses for foreground and background, from 1 to `largest` pixels."""
    return int(rng.integers(1, largest + 1)), int(rng.integers(1, largest + 1))


def erode_trimap(alpha: np.ndarray, diameters: Sequence[int]) -> np.ndarray:
    """Make a trimap from an alpha matte.

    Args:
        alpha: float32 array `[height, width]` in 0..1.
        diameters: diameters in pixels of the ellipses that erode the regions alpha = 1 and alpha = 0.

    Returns:
        uint8 array `[height, width]`: 255 foreground, 128 unknown, 0 background.
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
