"""The unknown band of a trimap, around the edge of a mask."""

import cv2
import numpy as np

from hop_tf.pictures.array_check import check_image, describe
from hop_tf.pictures.eight_bit import change_depth
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN, trimap_from_mask, trimap_from_soft_mask

NARROWEST, WIDEST = 0.01, 0.035  # on each side of the edge, as shares of the photo's longer side
_FEWEST_PIXELS = 2
_WORKING_SIZE = 512
_WINDOW = 0.06  # share of the longer side: colours are compared within this distance of the edge


def trimap_of(
    photo: np.ndarray,
    mask: np.ndarray,
    width: float | None = None,
    foreground: np.ndarray | None = None,
    background: np.ndarray | None = None,
) -> np.ndarray:
    """Return a trimap whose unknown band follows the edge of a mask.

    By default the band is 1 % to 3.5 % of the photo's longer side wide, on each side of the edge: narrow where the
    colours on the two sides differ, wide where they overlap or the texture is strong, as in hair.

    Args:
        photo: uint8 or uint16 `[height, width, 3]`, RGB.
        mask: bool `[height, width]`, the object; or uint8 as in `hop_tf.pictures.trimap.trimap_from_mask`, whose
            intermediate levels are unknown.
        width: width of the band on each side of the edge, in pixels; `None` chooses it along the edge.
        foreground: bool `[height, width]`, strokes within the object, which are known.
        background: bool `[height, width]`, strokes within the background, which are known. They override `foreground`.

    Returns:
        uint8 `[height, width]` with the levels 0, 128 and 255.

    Raises:
        ValueError: if the photo or the mask has another type or shape.
    """
    check_image(photo)
    if mask.dtype not in (bool, np.uint8) or mask.shape != photo.shape[:2]:
        raise ValueError(f"`mask` must be bool or uint8, of shape {photo.shape[:2]}. Received: {describe(mask)}")
    fixed = width or 0
    trimap = trimap_from_soft_mask(mask, fixed) if mask.dtype == bool else trimap_from_mask(mask, fixed)
    if width is None:
        _add_band(photo, trimap)
    for strokes, level in ((foreground, FOREGROUND), (background, BACKGROUND)):
        if strokes is not None:
            trimap[strokes] = level
    return trimap


def _add_band(photo, trimap):
    """Add the band of automatic width to a trimap, in place."""
    edges = trimap != cv2.erode(trimap, np.ones((3, 3)))
    edges |= trimap == UNKNOWN
    if edges.any():
        distance = cv2.distanceTransform((~edges).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        trimap[distance <= np.maximum(_widths(photo, trimap) * max(photo.shape[:2]), _FEWEST_PIXELS)] = UNKNOWN


def _widths(photo, trimap):
    """Return the width of the band near each pixel, float32 `[height, width]`, as a share of the longer side."""
    height, width = trimap.shape
    scale = min(1.0, _WORKING_SIZE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    lab = cv2.cvtColor(
        cv2.resize(change_depth(photo, np.uint8), size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB
    ).astype(np.float32)
    is_foreground = cv2.resize((trimap > UNKNOWN).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    window = 2 * round(_WINDOW * max(size)) + 1
    means, variances = zip(*(_statistics(lab, side, window) for side in (is_foreground, ~is_foreground)), strict=True)
    difference = np.square(means[0] - means[1]).sum(axis=2)
    overlap = (variances[0] + variances[1]) / (difference + variances[0] + variances[1] + 1)
    return cv2.resize(NARROWEST + (WIDEST - NARROWEST) * overlap, (width, height), interpolation=cv2.INTER_LINEAR)


def _statistics(lab, side, window):
    """Return the local mean `[height, width, 3]` and total variance `[height, width]` of the colours on one side."""
    weight = side[..., None].astype(np.float32)
    count, total, squares = (
        cv2.boxFilter(np.ascontiguousarray(x), -1, (window, window))
        for x in (side * np.float32(1), lab * weight, lab**2 * weight)
    )
    count = np.maximum(count, 1e-6)[..., None]
    mean = total / count
    return mean, np.maximum(squares / count - mean**2, 0).sum(axis=2)
