"""Foregrounds and their alphas as separate files: folders ``fg/`` and ``alpha/``, matched by file stem."""

from pathlib import Path

import cv2

from hop_tf.datasets.sources.cache import ByteCache
from hop_tf.datasets.sources.files import BadImage, list_images, read_image, shrink
from hop_tf.datasets.sources.foregrounds import CACHE_BYTES, Foregrounds, unit_range
from hop_tf.errors import UserError


class UnpairedFiles(UserError, ValueError):
    """Foregrounds without alpha, or the reverse.

    Attributes:
        problems: list of str, one for each file.
    """

    def __init__(self, problems):
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(problems[0] + more)
        self.problems = problems


class ParallelFolders(Foregrounds):
    """Foregrounds of ``FOLDER/fg`` with the alphas of ``FOLDER/alpha``.

    Args:
        folder: path that holds both folders, or a list of such paths.
        max_side: larger images are shrunk to this many pixels on their longer side; None keeps their size.
        cache_bytes: how much of what was decoded may stay in memory.
    """

    def __init__(self, folder, max_side=None, cache_bytes=CACHE_BYTES):
        folders = folder if isinstance(folder, (list, tuple)) else [folder]
        self.pairs = [pair for one in folders for pair in match_pairs(Path(one))]
        self.paths = [path for pair in self.pairs for path in pair]
        self.max_side = max_side
        self._cache = ByteCache(cache_bytes)

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        """Colour uint8 RGB [H, W, 3], alpha float32 [H, W] in 0..1; do not write into them."""
        colour, alpha = self._cache.get(index, lambda: self._load(*self.pairs[index]))
        return colour, unit_range(alpha)

    def alpha_path(self, index):
        """Path of the file that holds alpha ``index``."""
        return self.pairs[index][1]

    def _load(self, colour_path, alpha_path):
        colour = read_image(colour_path, cv2.IMREAD_COLOR)
        alpha = read_image(alpha_path, cv2.IMREAD_GRAYSCALE)
        if colour.shape[:2] != alpha.shape:
            sizes = " and ".join(f"{array.shape[1]} x {array.shape[0]}" for array in (alpha, colour))
            raise BadImage(alpha_path, f"alpha and foreground differ in size: {sizes} pixels")
        colour = cv2.cvtColor(colour, cv2.COLOR_BGR2RGB, dst=colour)
        return shrink(colour, self.max_side), shrink(alpha, self.max_side)


def match_pairs(folder):
    """Pairs (foreground, alpha) of paths with the same stem, sorted.

    Raises:
        FileNotFoundError: ``fg/`` or ``alpha/`` is missing.
        ValueError: one of them is empty.
        UnpairedFiles: files have no partner.
    """
    colours, alphas = ({path.stem: path for path in list_images(folder / name)} for name in ("fg", "alpha"))
    problems = [
        f"{found[stem]}: no file of this name in {folder / name}"
        for found, others, name in ((colours, alphas, "alpha"), (alphas, colours, "fg"))
        for stem in sorted(found.keys() - others.keys())
    ]
    if problems:
        raise UnpairedFiles(problems)
    return [(colours[stem], alphas[stem]) for stem in sorted(colours)]
