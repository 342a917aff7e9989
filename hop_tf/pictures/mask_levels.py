"""Masks: pictures of two levels, and the alphas that turn out to be one on another scale than 0..255."""

import cv2
import numpy as np

_NEAR = 13  # levels, 5 % of 255: the noise of JPEG stays within
_SHARE = 0.97  # of the pixels of a mask lie near one of its two levels; the others are soft edges
_SHARE_OF_EACH = 0.6  # of the darker and of the lighter pixels: a small soft object is no mask
_LARGEST_LABEL = 31  # an alpha that stays below 1/8 and has few levels holds labels
_FEW_LEVELS = 16  # 4 bits, all that is left of 12-bit values in a 16-bit file; a matte has more
_HALF = 128


def two_levels(levels: np.ndarray) -> tuple[int, int] | None:
    """Return the two levels of a mask, or `None` if a picture is no mask.

    Args:
        levels: uint8 array `[height, width]`. Soft edges and the noise of JPEG are allowed for.
    """
    counts = np.bincount(levels.ravel(), minlength=256)
    present = np.flatnonzero(counts)
    if len(present) <= 2:
        return (int(present[0]), int(present[1])) if len(present) == 2 else None
    split, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    split = int(split) + 1
    low, high = _median(counts[:split]), split + _median(counts[split:])
    if high - low <= 2 * _NEAR:
        return None
    near = [counts[max(level - _NEAR, 0) : level + _NEAR + 1].sum() for level in (low, high)]
    all_near = sum(near) >= _SHARE * levels.size
    each_near = all(
        n >= _SHARE_OF_EACH * part.sum() for n, part in zip(near, (counts[:split], counts[split:]), strict=True)
    )
    return (low, high) if all_near and each_near else None


def alpha_problem(alpha: np.ndarray, is_channel: bool) -> str | None:
    """Say why an alpha can only be a mask or a label map on another scale than 0..255, or return `None`.

    Args:
        alpha: uint8 array `[height, width]`.
        is_channel: whether it is the alpha channel of a picture. Programs write those on the scale 0..255, so two
            levels such as 0 and 128 are a half transparent object. In a grey picture they are a mask.
    """
    top = int(alpha.max())
    if top >= 255 - _NEAR and alpha.min() <= _NEAR:  # nearly all, and fast
        return None
    present = np.flatnonzero(np.bincount(alpha.ravel(), minlength=256)).tolist()
    if len(present) <= _FEW_LEVELS and (0 < top <= _LARGEST_LABEL or not is_channel and len(present) > 1):
        return _problem(present)
    levels = two_levels(alpha)
    if levels and (levels[1] < _HALF or not is_channel and levels[0] > _NEAR):
        return _problem(levels)
    return None


def is_hard(alpha: np.ndarray) -> bool:
    """Return whether no pixel of a uint8 alpha `[height, width]` is soft, apart from the noise of JPEG."""
    return not ((alpha > _NEAR) & (alpha < 255 - _NEAR)).any()


def _median(counts):
    return int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))


def _problem(levels):
    names = " and ".join(map(str, levels)) if len(levels) <= 2 else f"{levels[0]} to {levels[-1]}"
    return (
        f"alpha has only the level{'s' if len(levels) > 1 else ''} {names}, as in a mask or a label map; "
        "expected 0 (background) to 255 (foreground)"
    )
