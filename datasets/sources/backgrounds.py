"""Backgrounds: a folder of photos, or generated textures if there is none."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from hop_tf.datasets.sources.decoded import CACHE_BYTES, DecodedPictures
from hop_tf.datasets.transforms.noise import fractal_noise
from hop_tf.datasets.transforms.shrink import shrink
from hop_tf.pictures.folders import list_pictures
from hop_tf.pictures.reading import read_photo


class PhotoFolder:
    """The photos of a folder.

    Args:
        folder: folder of picture files.
        max_side: larger photos are shrunk until their longer side has this many pixels. `None` keeps their size.
        cache_bytes: bytes of decoded photos to keep in memory.
    """

    def __init__(self, folder: str | Path, max_side: int | None = 448, cache_bytes: int = CACHE_BYTES):
        self.paths = list_pictures(folder)
        self.max_side = max_side
        self._decoded = DecodedPictures(cache_bytes)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        """Return photo `index`, uint8 `[height, width, 3]`, RGB. Do not write to it."""
        return self._decoded.get(index, lambda: (shrink(read_photo(self.paths[index]), self.max_side),))[0]

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return a random photo, uint8 `[height, width, 3]`, RGB. Do not write to it."""
        return self[int(rng.integers(len(self.paths)))]


class GeneratedBackgrounds:
    """Textures of coloured noise, gradients and shapes, for training without photos.

    Args:
        side: side of a texture in pixels.
    """

    paths: Sequence[Path] = ()

    def __init__(self, side: int = 320):
        self.side = side

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return a random texture, uint8 `[side, side, 3]`, RGB."""
        side = self.side
        low, high, other = rng.uniform(0, 255, (3, 3)).astype(np.float32)
        mix = fractal_noise(rng, side, int(rng.integers(1, 5)), int(rng.integers(1, 7)), rng.uniform(0.4, 0.9))
        texture = low + (high - low) * mix[..., None]
        if rng.random() < 0.5:
            mask = fractal_noise(rng, side, int(rng.integers(2, 6)), 3) > rng.uniform(0.35, 0.65)
            texture = np.where(mask[..., None], other * (0.6 + 0.4 * mix[..., None]), texture)
        texture = np.clip(texture, 0, 255).astype(np.uint8)
        for _ in range(int(rng.integers(0, 12))):
            x, y, w, h = (int(value) for value in rng.integers(0, side, 4))
            colour = [int(value) for value in rng.integers(0, 256, 3)]
            if rng.random() < 0.5:
                cv2.ellipse(texture, (x, y), (w // 4 + 1, h // 4 + 1), w, 0, 360, colour, -1, cv2.LINE_AA)
            else:
                cv2.line(texture, (x, y), (w, h), colour, int(rng.integers(1, 9)), cv2.LINE_AA)
        return texture
