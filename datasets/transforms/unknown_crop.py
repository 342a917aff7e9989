"""A crop centred on an unknown pixel of a large foreground, without resampling all of it."""

from collections.abc import Sequence

import cv2
import numpy as np

from hop_tf.datasets.transforms.erosion_trimap import erode_trimap
from hop_tf.datasets.transforms.window import Window, warp_window, window_at
from hop_tf.pictures.trimap import UNKNOWN

#: Unknown pixels are searched for in every fourth row and column.
_STRIDE = 4
_ATTEMPTS = 20


def crop_alpha_at_unknown(
    rng: np.random.Generator,
    alpha: np.ndarray,
    matrix: np.ndarray,
    size: int,
    diameters: Sequence[int],
    interpolation: int,
) -> tuple[Window, np.ndarray, np.ndarray] | None:
    """Warp alpha, make its trimap and cut out a square centred on a random unknown pixel, or as close as possible.

    A position is chosen in a coarse trimap, and the exact trimap is then computed around it. If the pixel is not
    unknown there, another position is tried. The result equals a crop from the completely warped alpha.

    Args:
        rng: random generator.
        alpha: float32 array `[height, width]` in 0..1, both sides at least `size`.
        matrix: float64 array `[2, 3]`, the affine map onto a canvas of the size of alpha.
        size: side of the square in pixels.
        diameters: diameters of the ellipses of the trimap, as in `erode_trimap`.
        interpolation: OpenCV interpolation flag.

    Returns:
        The window; alpha float32 `[size, size]` in 0..1; trimap uint8 `[size, size]`. `None` if no pixel is unknown.
    """
    places = np.argwhere(_coarse_trimap(alpha, matrix, diameters) == UNKNOWN) * _STRIDE
    if len(places) == 0:
        return None
    margin = max(diameters) // 2 + 1
    for row, column in places[rng.integers(0, len(places), _ATTEMPTS)].tolist():
        window = window_at(row, column, size, alpha.shape)
        surroundings = window.grown(margin, alpha.shape)
        warped = warp_window(alpha, matrix, surroundings, interpolation, cv2.BORDER_CONSTANT)
        warped = np.clip(warped, 0, 1, out=warped)
        trimap = erode_trimap(warped, diameters)
        if trimap[row - surroundings.top, column - surroundings.left] == UNKNOWN:
            inside = window.within(surroundings)
            return window, np.ascontiguousarray(warped[inside]), np.ascontiguousarray(trimap[inside])
    return None


def _coarse_trimap(alpha, matrix, diameters):
    """Return approximately every fourth pixel of the trimap of the warped alpha; uint8 `[height / 4, width / 4]`."""
    height, width = (side // _STRIDE for side in alpha.shape)
    coarse = cv2.warpAffine(alpha, matrix / _STRIDE, (width, height), flags=cv2.INTER_NEAREST)
    return erode_trimap(coarse, [max(1, round(diameter / _STRIDE)) for diameter in diameters])
