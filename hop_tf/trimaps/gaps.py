"""Gaps in a region."""

import cv2
import numpy as np


def fill_gaps(region: np.ndarray, keep: np.ndarray | None = None) -> np.ndarray:
    """Fill the gaps of a region that it encloses entirely.

    Args:
        region: bool `[height, width]`.
        keep: bool `[height, width]`, marks of what is not part of the region, such as strokes of background; a gap
            that holds one of them stays open.

    Returns:
        bool `[height, width]`.
    """
    _, outside = cv2.connectedComponents((~region).astype(np.uint8), connectivity=4)
    open_gaps = np.concatenate([outside[0], outside[-1], outside[:, 0], outside[:, -1]])
    if keep is not None:
        open_gaps = np.concatenate([open_gaps, outside[keep]])
    return ~np.isin(outside, np.setdiff1d(open_gaps, [0]))
