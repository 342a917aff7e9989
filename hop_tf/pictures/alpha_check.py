"""Alphas that turn out to be something else: a trimap, or a mask or a label map on another scale than 0..255."""

import cv2
import numpy as np

from hop_tf.pictures.mask_levels import NEAR, two_levels
from hop_tf.pictures.trimap import FOREGROUND_FROM, UNKNOWN_FROM

_LARGEST_LABEL = 31  # an alpha that stays below 1/8 and has few levels holds labels
_FEW_LEVELS = 16  # 4 bits, all that is left of 12-bit values in a 16-bit file; a matte has more
_HALF = 128
_BLACK, _WHITE = NEAR, 255 - NEAR
# Trimaps keep 0.68 after JPEG (quality 50), blur (1 pixel) or scaling (to 1/4); alphas of photos stay below 0.2.
_SHARE_OF_UNKNOWN = 0.6  # of the levels between black and white lie near one level
_LARGEST_CONTACT = 0.35  # of the outline of the foreground lies beside background, not beside unknown pixels
_CONTACT = 3  # pixels, as soft edges are wide
# Away from edges, up to 0.02 of the soft pixels of a trimap differ from its level; those of folded cloth differ more.
_LARGEST_UNEVEN = 0.05
_EVEN = 2  # levels, once a median has removed the noise of JPEG
_TRIMAP = "alpha has hardly any levels besides black, grey and white, as in a trimap; expected an alpha matte"


def alpha_problem(alpha: np.ndarray, is_channel: bool, may_be_trimap: bool = False) -> str | None:
    """Say why an alpha can only be a trimap, or a mask or a label map on another scale than 0..255, or return `None`.

    Args:
        alpha: uint8 array `[height, width]`.
        is_channel: whether it is the alpha channel of a picture. Programs write those on the scale 0..255, so two
            levels such as 0 and 128 are a half transparent object. In a grey picture they are a mask.
        may_be_trimap: whether a trimap is accepted.
    """
    top = int(alpha.max())
    if top >= _WHITE and alpha.min() <= _BLACK:  # nearly all
        return _TRIMAP if not may_be_trimap and is_trimap(alpha) else None
    present = np.flatnonzero(np.bincount(alpha.ravel(), minlength=256)).tolist()
    if len(present) <= _FEW_LEVELS and (0 < top <= _LARGEST_LABEL or not is_channel and len(present) > 1):
        return _mask_problem(present)
    levels = two_levels(alpha)
    if levels and (levels[1] < _HALF or not is_channel):
        return _mask_problem(levels)
    return None


def is_hard(alpha: np.ndarray) -> bool:
    """Return whether no pixel of a uint8 alpha `[height, width]` is soft, apart from the noise of JPEG."""
    return not ((alpha > _BLACK) & (alpha < _WHITE)).any()


def is_trimap(alpha: np.ndarray) -> bool:
    """Return whether a uint8 alpha `[height, width]` is a trimap.

    Most of its soft pixels have one level, those away from edges nearly all of them, and they separate foreground from
    background. The half transparent parts of an object do not.
    """
    if alpha.max() < _WHITE or alpha.min() > _BLACK:
        return False
    counts = cv2.calcHist([alpha], [0], None, [256], [0, 256]).ravel()
    soft = counts[_BLACK + 1 : _WHITE].sum()
    level = UNKNOWN_FROM + int(counts[UNKNOWN_FROM:FOREGROUND_FROM].argmax())
    if not soft or counts[level - NEAR : level + NEAR + 1].sum() < _SHARE_OF_UNKNOWN * soft:
        return False
    around = np.ones((2 * _CONTACT + 1,) * 2, np.uint8)
    inner = cv2.erode(((alpha > _BLACK) & (alpha < _WHITE)).astype(np.uint8), around) > 0
    uneven = np.abs(cv2.medianBlur(alpha, 5)[inner].astype(int) - level) > _EVEN
    if uneven.sum() > _LARGEST_UNEVEN * soft:
        return False
    foreground = (alpha >= _WHITE).astype(np.uint8)
    outline = foreground != cv2.erode(foreground, np.ones((3, 3)))
    near_background = cv2.dilate((alpha <= _BLACK).astype(np.uint8), around) > 0
    return bool(near_background[outline].mean() <= _LARGEST_CONTACT)


def _mask_problem(levels):
    names = " and ".join(map(str, levels)) if len(levels) <= 2 else f"{levels[0]} to {levels[-1]}"
    return (
        f"alpha has only the level{'s' if len(levels) > 1 else ''} {names}, as in a mask or a label map; "
        "expected 0 (background) to 255 (foreground)"
    )
