"""Real objects cut out of photos: a folder of pictures with an alpha channel."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from hop_tf.datasets.sources.decoded import CACHE_BYTES, DecodedPictures
from hop_tf.datasets.sources.foregrounds import Foreground, Foregrounds, unit_range
from hop_tf.datasets.transforms.noise import smoothstep
from hop_tf.datasets.transforms.shrink import shrink
from hop_tf.pictures.eight_bit import round_to_uint8
from hop_tf.pictures.folders import list_pictures
from hop_tf.pictures.reading import read_cutout

#: Relative frequency of a kind of file, by the start of its name: emoji are rarest, rendered hair is most frequent.
DEFAULT_WEIGHTS = {
    "emoji": 1.0,
    "tuxpaint": 3.0,
    "foliage": 3.0,
    "plant": 3.0,
    "rendered_hair": 16.0,
    "rendered": 4.0,
    "": 10.0,
}


class CutoutFolder(Foregrounds):
    """Foregrounds from a folder of RGBA pictures.

    Args:
        folder: the folder. Its picture files must have an alpha channel.
        max_side: larger pictures are shrunk until their longer side has this many pixels. `None` keeps their size.
        weights: {start of the file name: relative frequency of the group}, independent of its number of files.
            Names that match no entry form a group of weight 1 (10 by default).
        cache_bytes: bytes of decoded pictures to keep in memory.
    """

    def __init__(
        self,
        folder: str | Path,
        max_side: int | None = 448,
        weights: Mapping[str, float] | None = None,
        cache_bytes: int = CACHE_BYTES,
    ):
        self.paths = list_pictures(folder)
        self.max_side = max_side
        weights = DEFAULT_WEIGHTS if weights is None else weights
        groups = [next((start for start in weights if path.name.startswith(start)), "") for path in self.paths]
        per_file = np.array([weights.get(group, 1.0) / groups.count(group) for group in groups])
        self.probabilities = per_file / per_file.sum()
        self._decoded = DecodedPictures(cache_bytes)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Foreground:
        """Return cutout `index`: colour and alpha, as in `Foregrounds`. Do not write to the arrays."""
        colour, alpha = self._decoded.get(index, lambda: load_cutout(self.paths[index], self.max_side))
        return colour, unit_range(alpha)

    def pick(self, rng: np.random.Generator) -> int:
        """Return the index of a random cutout, according to the weights."""
        return int(rng.choice(len(self.paths), p=self.probabilities))


def load_cutout(path: str | Path, max_side: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Read a cut-out, and extend its colours with `extend_colours`.

    Args:
        path: a picture with an alpha channel.
        max_side: as in `CutoutFolder`.

    Returns:
        Colour uint8 `[height, width, 3]`, RGB, not multiplied by alpha; alpha uint8 `[height, width]`.

    Raises:
        ImageError: as in `read_cutout`.
    """
    cutout = read_cutout(path)
    alpha = cutout[..., 3:].astype(np.float32) / 255
    premultiplied = np.concatenate([cutout[..., :3] * alpha, alpha * 255], axis=2).astype(np.float32)
    rgba = extend_colours(shrink(premultiplied, max_side))
    return np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3])


def extend_colours(premultiplied: np.ndarray) -> np.ndarray:
    """Extend the colours of opaque pixels outwards, so each pixel has a plausible foreground colour.

    The colours are averaged down an image pyramid and spread up again, weighted by alpha. Pixels with alpha above 0.5
    keep their own colour; pixels with alpha near 0 take the colour of their surroundings.

    Args:
        premultiplied: float32 array `[height, width, 4]` in 0..255, RGB multiplied by alpha, and alpha.

    Returns:
        uint8 array `[height, width, 4]`, RGBA, not multiplied by alpha.
    """
    alpha = premultiplied[..., 3:] / 255
    own = premultiplied[..., :3] / np.maximum(alpha, 1e-3)
    weight = smoothstep(alpha, 0.3, 0.95) + 1e-4 * alpha
    spread = _push_pull(np.concatenate([own * weight, weight], axis=2))
    blend = smoothstep(alpha, 0.05, 0.5)
    colour = blend * own + (1 - blend) * spread
    return round_to_uint8(np.concatenate([colour, premultiplied[..., 3:]], axis=2))


def _push_pull(weighted):
    """Normalise the colours of a weighted picture and fill its holes from coarser levels; float32 `[h, w, 3]`."""
    height, width = weighted.shape[:2]
    weight = weighted[..., 3:]
    own = weighted[..., :3] / np.maximum(weight, 1e-8)
    if max(height, width) <= 2:
        return own
    coarse = cv2.resize(weighted, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    below = cv2.resize(_push_pull(coarse), (width, height), interpolation=cv2.INTER_LINEAR)
    trust = np.clip(weight, 0, 1)
    return trust * own + (1 - trust) * below
