"""The picture sizes that the network accepts."""

from collections.abc import Callable
from typing import Any

SIZE_MULTIPLE = 32
SMALLEST_SIZE = 64  # below it, coarse maps would be smaller than their padding in a graph traced for unknown sizes


def input_size(n: Any, maximum: Callable = max) -> Any:
    """Return the smallest accepted size that a side of `n` pixels fits in.

    Args:
        n: int, or an integer tensor.
        maximum: function that returns the larger of an int and `n`; tensors need their backend's.
    """
    return maximum(SMALLEST_SIZE, (n + SIZE_MULTIPLE - 1) // SIZE_MULTIPLE * SIZE_MULTIPLE)
