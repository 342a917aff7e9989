"""Real objects cut out of their photo: a folder of images with an alpha channel."""

import cv2
import numpy as np

from hop_tf.datasets.sources.cache import ByteCache
from hop_tf.datasets.sources.files import BadImage, list_images, read_image, shrink
from hop_tf.datasets.sources.foregrounds import CACHE_BYTES, Foregrounds, unit_range
from hop_tf.datasets.transforms.noise import smoothstep

#: How often a kind of file is picked, by what its name starts with; emoji count less than photos, renders most.
DEFAULT_WEIGHTS = {"emoji": 1.0, "tuxpaint": 3.0, "foliage": 3.0, "rendered": 10.0, "": 10.0}


class CutoutFolder(Foregrounds):
    """Foregrounds from a folder of RGBA images.

    Args:
        folder: the folder; its image files must have an alpha channel.
        max_side: larger images are shrunk to this many pixels on their longer side; None keeps their size.
        weights: {start of the file name: relative frequency}, spread so that every group's share is
            its weight, whatever its number of files. Names that match none form a group of weight 1 (by default 10).
        cache_bytes: how much of what was decoded may stay in memory.
    """

    def __init__(self, folder, max_side=448, weights=None, cache_bytes=CACHE_BYTES):
        self.paths = list_images(folder)
        self.max_side = max_side
        weights = DEFAULT_WEIGHTS if weights is None else weights
        groups = [next((start for start in weights if path.name.startswith(start)), "") for path in self.paths]
        per_file = np.array([weights.get(group, 1.0) / groups.count(group) for group in groups])
        self.probabilities = per_file / per_file.sum()
        self._cache = ByteCache(cache_bytes)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        """Colour uint8 RGB [H, W, 3], alpha float32 [H, W] in 0..1; do not write into them."""
        colour, alpha = self._cache.get(index, lambda: self._load(self.paths[index]))
        return colour, unit_range(alpha)

    def pick(self, rng):
        """Index of a random cut-out, by the weights."""
        return int(rng.choice(len(self.paths), p=self.probabilities))

    def _load(self, path):
        image = read_image(path, cv2.IMREAD_UNCHANGED)
        if image.ndim != 3 or image.shape[2] != 4:
            raise BadImage(path, "has no alpha channel; expected an RGBA image")
        image = cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)
        alpha = image[..., 3:].astype(np.float32) / 255
        premultiplied = np.concatenate([image[..., :3] * alpha, alpha * 255], axis=2).astype(np.float32)
        premultiplied = shrink(premultiplied, self.max_side)
        rgba = extend_colours(premultiplied)
        return np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3])


def extend_colours(premultiplied):
    """Carries the colours of opaque pixels outwards, so that every pixel has a sane foreground colour.

    Colour is pulled down and pushed up an image pyramid, weighted by alpha; pixels of alpha above one half keep
    their own colour, those near zero take their neighbourhood's.

    Args:
        premultiplied: float32 [H, W, 4], RGB times alpha and alpha, 0..255.

    Returns:
        uint8 RGBA [H, W, 4], not multiplied by alpha.
    """
    alpha = premultiplied[..., 3:] / 255
    own = premultiplied[..., :3] / np.maximum(alpha, 1e-3)
    weight = smoothstep(alpha, 0.3, 0.95) + 1e-4 * alpha
    spread = _push_pull(np.concatenate([own * weight, weight], axis=2))
    blend = smoothstep(alpha, 0.05, 0.5)
    colour = blend * own + (1 - blend) * spread
    return np.clip(np.rint(np.concatenate([colour, premultiplied[..., 3:]], axis=2)), 0, 255).astype(np.uint8)


def _push_pull(weighted):
    """Normalised colours of a weighted image, holes filled from coarser levels; float32 [H, W, 3]."""
    height, width = weighted.shape[:2]
    weight = weighted[..., 3:]
    own = weighted[..., :3] / np.maximum(weight, 1e-8)
    if max(height, width) <= 2:
        return own
    coarse = cv2.resize(weighted, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    below = cv2.resize(_push_pull(coarse), (width, height), interpolation=cv2.INTER_LINEAR)
    trust = np.clip(weight, 0, 1)
    return trust * own + (1 - trust) * below
