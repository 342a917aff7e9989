"""The interface of all sources of foregrounds."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

_UNIT_RANGE = np.arange(256, dtype=np.float32) / 255

#: Colour uint8 `[height, width, 3]`, RGB, not multiplied by alpha; alpha float32 `[height, width]` in 0..1.
Foreground = tuple[np.ndarray, np.ndarray]


class Foregrounds(ABC):
    """Foregrounds with their alpha, by index.

    Attributes:
        paths: the files that are read; empty if there are none.
    """

    paths: Sequence[Path] = ()

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of foregrounds."""

    @abstractmethod
    def __getitem__(self, index: int) -> Foreground:
        """Return foreground `index`. Do not write to the arrays.

        Returns:
            Colour uint8 `[height, width, 3]`, RGB, not multiplied by alpha; alpha float32 `[height, width]` in 0..1.

        Raises:
            ImageError: if a file cannot be used.
        """

    def alpha_path(self, index: int) -> Path:
        """Return the path of the file that holds alpha `index`."""
        return self.paths[index]

    def pick(self, rng: np.random.Generator) -> int:
        """Return the index of a random foreground; all are equally likely."""
        return int(rng.integers(len(self)))


def unit_range(alpha: np.ndarray) -> np.ndarray:
    """Convert a uint8 alpha `[height, width]` to float32 in 0..1."""
    return cv2.LUT(alpha, _UNIT_RANGE)
