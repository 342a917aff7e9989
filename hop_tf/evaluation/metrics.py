"""The four measures of the matting literature, as the published MATLAB scripts compute them.

Rhemann et al., "A Perceptually Motivated Online Benchmark for Image Matting", CVPR 2009, defined them; the scripts
distributed with the Adobe Composition-1k test set fixed the constants. Several Python ports differ from those scripts
by up to 5 %, so the comments here spell out every constant and tie-break.

All functions take uint8 arrays `[height, width]` and score only pixels whose trimap is exactly 128.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from hop_tf.pictures.trimap import UNKNOWN

GRADIENT_SIGMA = 1.4
GRADIENT_CUTOFF = 1e-2  # the filter ends where the Gaussian density falls below this

CONNECTIVITY_STEPS = 10  # thresholds 0.1, 0.2, ... 1.0
CONNECTIVITY_DEAD_ZONE = 0.15  # smaller distances from the connected level cost nothing


def scores(
    pred: np.ndarray, alpha: np.ndarray, trimap: np.ndarray, measures: Sequence[str] = ("SAD", "MSE", "Grad", "Conn")
) -> dict[str, float]:
    """Return the scores of one matte.

    Args:
        pred: predicted alpha, uint8 array `[height, width]`.
        alpha: true alpha, uint8 array `[height, width]`.
        trimap: uint8 array `[height, width]`. Only pixels equal to 128 count.
        measures: keys of `MEASURES`; all four by default.

    Returns:
        `{measure: score}`: "SAD" in thousands, "MSE" of alpha in 0..1, "Grad" in thousands, "Conn" in thousands. Lower
        is better.

    Raises:
        ValueError: if an array is not uint8, not two-dimensional or empty, if the three shapes differ, or if no
            trimap pixel is 128.
        KeyError: if a measure is unknown.

    Example:
        >>> alpha = np.full((4, 5), 200, np.uint8)
        >>> scores(alpha, alpha, np.full((4, 5), 128, np.uint8))
        {'SAD': 0.0, 'MSE': 0.0, 'Grad': 0.0, 'Conn': 0.0}
    """
    return {measure: MEASURES[measure](pred, alpha, trimap) for measure in measures}


def sad(pred: np.ndarray, alpha: np.ndarray, trimap: np.ndarray) -> float:
    """Return the sum of absolute differences of alpha in 0..1 over the unknown pixels, divided by 1000.

    The arguments and errors are those of `scores`.
    """
    unknown = _unknown_pixels(pred, alpha, trimap)
    return float(np.abs(_difference(pred, alpha, unknown)).sum() / 255 / 1000)


def mse(pred: np.ndarray, alpha: np.ndarray, trimap: np.ndarray) -> float:
    """Return the mean squared difference of alpha in 0..1 over the unknown pixels.

    Papers often print it times 1000; this is the plain mean. The arguments and errors are those of `scores`.
    """
    unknown = _unknown_pixels(pred, alpha, trimap)
    return float(np.square(_difference(pred, alpha, unknown) / 255).mean())


def gradient_error(pred: np.ndarray, alpha: np.ndarray, trimap: np.ndarray) -> float:
    """Return the squared difference of the two gradient magnitudes, summed over the unknown pixels, divided by 1000.

    The gradients come from first-order Gaussian derivative filters (sigma 1.4, L2 norm 1, replicated border). As in
    the scripts, each matte is first stretched from its own minimum and maximum to 0..1, known pixels included.
    The arguments and errors are those of `scores`.
    """
    unknown = _unknown_pixels(pred, alpha, trimap)
    difference = _gradient_magnitude(pred) - _gradient_magnitude(alpha)
    return float(np.square(difference[unknown]).sum() / 1000)


def connectivity_error(pred: np.ndarray, alpha: np.ndarray, trimap: np.ndarray) -> float:
    """Return the difference of the two degrees of connectivity, summed over the unknown pixels, divided by 1000.

    At each threshold 0.1, 0.2, ... 1.0 the source region is the largest 4-connected component of the pixels where both
    mattes reach the threshold. A pixel's connected level is the last threshold before it first leaves the source
    region. A matte that rises above that level by 0.15 or more loses as much connectivity.
    The arguments and errors are those of `scores`.
    """
    unknown = _unknown_pixels(pred, alpha, trimap)
    level = _connected_level(pred, alpha)
    difference = _connectivity(pred, level) - _connectivity(alpha, level)
    return float(np.abs(difference[unknown]).sum(dtype=np.float64) / 1000)


#: Every measure by the name that papers give it, in their order.
MEASURES = {"SAD": sad, "MSE": mse, "Grad": gradient_error, "Conn": connectivity_error}


def _unknown_pixels(pred, alpha, trimap):
    """Check the three arrays; return the bool mask `[height, width]` of the pixels to score."""
    arrays = {"pred": pred, "alpha": alpha, "trimap": trimap}
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype != np.uint8 or array.ndim != 2 or array.size == 0:
            received = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
            raise ValueError(f"`{name}` must be a uint8 array of shape [height, width]. Received: {received}")
    if not pred.shape == alpha.shape == trimap.shape:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"`pred`, `alpha` and `trimap` must have one shape. Received: {shapes}")
    unknown = trimap == UNKNOWN
    if not unknown.any():
        # The scripts would return 0 / 0 as the MSE and 0, a perfect score, for the other measures.
        levels = ", ".join(map(str, np.unique(trimap)[:8]))
        raise ValueError(f"`trimap` must have at least one pixel equal to {UNKNOWN}. Received: levels {levels}")
    return unknown


def _difference(pred, alpha, unknown):
    return pred[unknown].astype(np.float64) - alpha[unknown]


def _gradient_magnitude(matte):
    """Return the gradient magnitude, float64 `[height, width]`, of a uint8 matte stretched to 0..1."""
    low, high = int(matte.min()), int(matte.max())
    if low == high:
        return np.zeros(matte.shape)
    stretched = (matte.astype(np.float64) - low) / (high - low)
    smooth, derive = gradient_filters()
    along_x = cv2.sepFilter2D(stretched, cv2.CV_64F, derive, smooth, borderType=cv2.BORDER_REPLICATE)
    along_y = cv2.sepFilter2D(stretched, cv2.CV_64F, smooth, derive, borderType=cv2.BORDER_REPLICATE)
    return np.hypot(along_x, along_y)


def gradient_filters() -> tuple[np.ndarray, np.ndarray]:
    """Return a Gaussian and its derivative, both float64 `[9]`, whose outer product has L2 norm 1."""
    cutoff = math.sqrt(2 * math.pi) * GRADIENT_SIGMA * GRADIENT_CUTOFF
    half_size = math.ceil(GRADIENT_SIGMA * math.sqrt(-2 * math.log(cutoff)))
    x = np.arange(-half_size, half_size + 1, dtype=np.float64)
    smooth = np.exp(-(x**2) / (2 * GRADIENT_SIGMA**2))
    derive = -x * smooth
    # The norm of an outer product is the product of the norms, so each factor can be normalised separately.
    return smooth / np.linalg.norm(smooth), derive / np.linalg.norm(derive)


def _connected_level(pred, alpha):
    """Return the last threshold at which each pixel is in the source region, float32 `[height, width]`."""
    # Label column by column, as MATLAB does: if several components are the largest, the first one found counts.
    reached = _unit(np.ascontiguousarray(np.minimum(pred, alpha).T))
    level = np.ones(reached.shape, np.float32)
    connected = np.ones(reached.shape, bool)
    for step in range(1, CONNECTIVITY_STEPS + 1):
        still_connected = connected & _largest_component(reached >= np.float32(step / CONNECTIVITY_STEPS))
        level[connected & ~still_connected] = (step - 1) / CONNECTIVITY_STEPS
        connected = still_connected
    return level.T


def _largest_component(mask):
    """Return the largest 4-connected component of a bool mask; all False if the mask is empty."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]  # label 0 is the background, however large
    if areas.size == 0:
        return np.zeros_like(mask)
    return labels == 1 + int(np.argmax(areas))


def _connectivity(matte, level):
    distance = _unit(matte) - level
    return 1 - np.where(distance >= CONNECTIVITY_DEAD_ZONE, distance, 0)


def _unit(matte):
    """Scale a uint8 matte to 0..1 in single precision.

    In double precision 153 / 255 falls just short of the scripts' threshold 6 * 0.1, which changes scores by up to
    0.7 %.
    """
    return matte.astype(np.float32) / np.float32(255)
