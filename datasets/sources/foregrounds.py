"""What every source of foregrounds has in common."""

from abc import ABC, abstractmethod

import cv2
import numpy as np

#: Bytes of decoded images that a source keeps in memory, in each worker process.
CACHE_BYTES = 1 << 30

_UNIT_RANGE = np.arange(256, dtype=np.float32) / 255


class Foregrounds(ABC):
    """Foregrounds with their alpha, by index.

    Attributes:
        paths: list of the files that are read; empty where nothing is.
    """

    paths = ()

    @abstractmethod
    def __len__(self):
        """How many foregrounds there are."""

    @abstractmethod
    def __getitem__(self, index):
        """Foreground ``index``; do not write into it.

        Returns:
            Colour uint8 RGB [H, W, 3], not multiplied by alpha; alpha float32 [H, W] in 0..1.

        Raises:
            BadImage: a file cannot be used.
        """

    def alpha_path(self, index):
        """Path of the file that holds alpha ``index``."""
        return self.paths[index]

    def pick(self, rng):
        """Index of a random foreground, each as likely as the next."""
        return int(rng.integers(len(self)))


def unit_range(alpha):
    """uint8 alpha [H, W] as float32 in 0..1."""
    return cv2.LUT(alpha, _UNIT_RANGE)
