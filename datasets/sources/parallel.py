"""Foregrounds and their alphas in separate files: the folders `fg/` and `alpha/`, matched by file stem."""

from collections.abc import Sequence
from pathlib import Path

from hop_tf.datasets.sources.decoded import CACHE_BYTES, DecodedPictures
from hop_tf.datasets.sources.foregrounds import Foreground, Foregrounds, unit_range
from hop_tf.datasets.transforms.shrink import shrink
from hop_tf.errors import UserError
from hop_tf.pictures.folders import pictures_by_stem
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_alpha, read_photo


class UnpairedFiles(UserError):
    """Foregrounds without alpha, or the reverse.

    Attributes:
        problems: one line for each file.
    """

    def __init__(self, problems: list[str]):
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(problems[0] + more)
        self.problems = problems


class ParallelFolders(Foregrounds):
    """Foregrounds of `FOLDER/fg` with the alphas of `FOLDER/alpha`.

    Args:
        folder: the folder that contains both, or a list of such folders.
        max_side: larger pictures are shrunk until their longer side has this many pixels. `None` keeps their size.
        cache_bytes: bytes of decoded pictures to keep in memory.

    Attributes:
        pairs: list of (path of the foreground, path of its alpha).
    """

    def __init__(
        self,
        folder: str | Path | Sequence[str | Path],
        max_side: int | None = None,
        cache_bytes: int = CACHE_BYTES,
    ):
        folders = [folder] if isinstance(folder, (str, Path)) else folder
        self.pairs = [pair for one in folders for pair in match_pairs(one)]
        self.paths = [path for pair in self.pairs for path in pair]
        self.max_side = max_side
        self._decoded = DecodedPictures(cache_bytes)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Foreground:
        """Return foreground `index`: colour and alpha, as in `Foregrounds`. Do not write to the arrays."""
        colour, alpha = self._decoded.get(index, lambda: self._load(*self.pairs[index]))
        return colour, unit_range(alpha)

    def alpha_path(self, index: int) -> Path:
        """Return the path of the file that holds alpha `index`."""
        return self.pairs[index][1]

    def _load(self, colour_path, alpha_path):
        colour, alpha = read_photo(colour_path), read_alpha(alpha_path)
        if colour.shape[:2] != alpha.shape:
            sizes = " and ".join(f"{array.shape[1]} x {array.shape[0]}" for array in (alpha, colour))
            raise ImageError(alpha_path, f"alpha and foreground differ in size: {sizes} pixels")
        return shrink(colour, self.max_side), shrink(alpha, self.max_side)


def match_pairs(folder: str | Path) -> list[tuple[Path, Path]]:
    """Return pairs (foreground, alpha) of paths with the same stem, sorted.

    Raises:
        UserError: if `fg/` or `alpha/` is missing or empty, or contains two files of the same stem.
        UnpairedFiles: if files have no partner.
    """
    folder = Path(folder)
    colours, alphas = (pictures_by_stem(folder / name) for name in ("fg", "alpha"))
    problems = [
        f"{found[stem]}: no file of this name in {folder / name}"
        for found, others, name in ((colours, alphas, "alpha"), (alphas, colours, "fg"))
        for stem in sorted(found.keys() - others.keys())
    ]
    if problems:
        raise UnpairedFiles(problems)
    return [(colours[stem], alphas[stem]) for stem in sorted(colours)]
