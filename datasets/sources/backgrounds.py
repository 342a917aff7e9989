"""Backgrounds: a folder of photos, or textures made from noise where there is none."""

import cv2
import numpy as np

from hop_tf.datasets.sources.cache import ByteCache
from hop_tf.datasets.sources.files import list_images, read_image, shrink
from hop_tf.datasets.sources.foregrounds import CACHE_BYTES
from hop_tf.datasets.transforms.noise import fractal_noise


class PhotoFolder:
    """Photos of a folder.

    Args:
        folder: folder of image files.
        max_side: larger photos are shrunk to this many pixels on their longer side; None keeps their size.
        cache_bytes: how much of what was decoded may stay in memory.
    """

    def __init__(self, folder, max_side=448, cache_bytes=CACHE_BYTES):
        self.paths = list_images(folder)
        self.max_side = max_side
        self._cache = ByteCache(cache_bytes)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        """Photo, uint8 RGB [H, W, 3]; do not write into it."""
        return self._cache.get(index, lambda: self._load(self.paths[index]))[0]

    def draw(self, rng):
        """A random photo, uint8 RGB [H, W, 3]."""
        return self[int(rng.integers(len(self.paths)))]

    def _load(self, path):
        image = shrink(read_image(path, cv2.IMREAD_COLOR), self.max_side)
        return (cv2.cvtColor(image, cv2.COLOR_BGR2RGB),)


class GeneratedBackgrounds:
    """Textures of coloured noise, gradients and shapes, for when there are no photos.

    Args:
        side: side of a texture in pixels.
    """

    paths = ()

    def __init__(self, side=320):
        self.side = side

    def draw(self, rng):
        """A random texture, uint8 RGB [side, side, 3]."""
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
