"""What a drawn foreground is made of."""

from typing import NamedTuple

import numpy as np


class Drawing(NamedTuple):
    """A drawn alpha matte and, where the kind has one, its shading.

    Attributes:
        alpha: float32 [size, size], 0..1.
        shade: float32 [size, size], 0..1 with 0.5 neutral (lighter or darker strands, folds, veins), or None.
    """

    alpha: np.ndarray
    shade: np.ndarray | None = None
