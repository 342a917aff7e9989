"""A crop centred on an unknown pixel of a large foreground, without resampling the whole of it."""

import cv2
import numpy as np

from hop_tf.datasets.transforms.erosion_trimap import erode_trimap
from hop_tf.datasets.transforms.trimap import UNKNOWN
from hop_tf.datasets.transforms.window import warp_window, window_at

#: Unknown pixels are looked for on every fourth row and column.
_STRIDE = 4
_ATTEMPTS = 20


def crop_alpha_at_unknown(rng, alpha, matrix, size, diameters, interpolation):
    """Warps alpha, draws its trimap and cuts out a square centred on a random unknown pixel (or as near as fits).

    A place is chosen on a coarse trimap. The exact one is then computed around it; should the pixel not be unknown
    there, another place is tried. Inside the square, alpha and trimap are as if the whole had been computed.

    Args:
        rng: numpy.random.Generator.
        alpha: float32 [H, W], 0..1, both sides at least ``size``.
        matrix: float64 [2, 3], the affine map onto a canvas of alpha's size.
        size: side of the square.
        diameters: of the trimap's ellipses.
        interpolation: OpenCV's.

    Returns:
        Window, alpha float32 [size, size] in 0..1, trimap uint8 [size, size]; or None when nothing is unknown.
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
    """The trimap of every fourth pixel of the warped alpha, nearly; uint8 [H / 4, W / 4]."""
    height, width = (side // _STRIDE for side in alpha.shape)
    coarse = cv2.warpAffine(alpha, matrix / _STRIDE, (width, height), flags=cv2.INTER_NEAREST)
    return erode_trimap(coarse, [max(1, round(diameter / _STRIDE)) for diameter in diameters])
