"""Segmentation of a photo from a box and strokes, by GrabCut."""

import cv2
import numpy as np

from hop_tf.pictures.array_check import check_image, describe
from hop_tf.pictures.eight_bit import change_depth

Box = tuple[int, int, int, int]

WORKING_SIZE = 512  # longer side in pixels of the copy that is segmented
_ROUNDS = 5


def segment(
    photo: np.ndarray,
    box: Box | None = None,
    foreground: np.ndarray | None = None,
    background: np.ndarray | None = None,
) -> np.ndarray:
    """Segment the object that a box and strokes mark.

    A copy of the photo, scaled down to a longer side of 512 pixels, is segmented by GrabCut (Rother, Kolmogorov and
    Blake, 2004). A photo of 12 megapixels takes about as long as a small one.

    Args:
        photo: uint8 or uint16 `[height, width, 3]`, RGB.
        box: (x, y, width, height) in pixels, around the whole object; everything outside is background. Parts of the
            box outside the photo are ignored.
        foreground: bool `[height, width]`, strokes within the object.
        background: bool `[height, width]`, strokes within the background. They override `foreground`.

    Returns:
        bool `[height, width]`, the object.

    Raises:
        ValueError: if `photo` or a stroke map has another type or shape; if there is neither a box nor a foreground
            stroke; or if the box and the strokes leave no background or no object.
    """
    check_image(photo)
    for name, strokes in (("foreground", foreground), ("background", background)):
        if strokes is not None and (strokes.dtype != bool or strokes.shape != photo.shape[:2]):
            raise ValueError(
                f"`{name}` must be a bool array of the photo's shape, {photo.shape[:2]}. Received: {describe(strokes)}"
            )
    labels = _labels(photo, box, foreground, background)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    small = change_depth(cv2.resize(photo, labels.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    cv2.setRNGSeed(0)
    cv2.grabCut(small, labels, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    mask = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    large = cv2.resize(mask.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return large >= 0.5


def _labels(photo, box, foreground, background):
    """Return GrabCut's labels before the first round, uint8, at the working size."""
    height, width = photo.shape[:2]
    scale = min(1.0, WORKING_SIZE / max(height, width))
    small = max(1, round(height * scale)), max(1, round(width * scale))
    is_foreground, is_background = (_shrunk(strokes, small) for strokes in (foreground, background))
    is_foreground &= ~is_background
    labels = np.full(small, cv2.GC_PR_FGD, np.uint8)
    if box is not None:
        inside = np.zeros((height, width), bool)
        x, y, box_width, box_height = box
        inside[max(y, 0) : max(y + box_height, 0), max(x, 0) : max(x + box_width, 0)] = True
        is_background |= ~_shrunk(inside, small) & ~is_foreground
    elif is_foreground.any() and is_background.any():
        nearer = _distance_to(is_background) < _distance_to(is_foreground)
        labels[nearer] = cv2.GC_PR_BGD
    labels[is_foreground] = cv2.GC_FGD
    labels[is_background] = cv2.GC_BGD
    if is_background.all() or not is_background.any() or (box is None and not is_foreground.any()):
        raise ValueError(
            "a box that leaves some background outside it, or strokes of both foreground and background, are needed. "
            f"Received: box {box}, {is_foreground.sum()} pixels of foreground, {is_background.sum()} of background"
        )
    return labels


def _shrunk(region, shape):
    """Scale a region to `shape`; thin strokes stay."""
    if region is None:
        return np.zeros(shape, bool)
    return cv2.resize(region.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA) > 0.1


def _distance_to(region):
    return cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
