"""The parts of a drawn foreground."""

from typing import NamedTuple

import numpy as np


class Drawing(NamedTuple):
    """A drawn alpha matte, and its shading for kinds that have one.

    Attributes:
        alpha: float32 array `[size, size]` in 0..1.
        shade: float32 array `[size, size]` in 0..1, 0.5 is neutral (strands, folds, veins), or `None`.
    """

    alpha: np.ndarray
    shade: np.ndarray | None = None
