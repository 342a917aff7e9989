"""The Adobe Image Matting data set, as it is unpacked."""

from pathlib import Path

from hop_tf.datasets.sources.decoded import CACHE_BYTES
from hop_tf.datasets.sources.parallel import ParallelFolders
from hop_tf.errors import UserError

SPLITS = ("Training_set", "Test_set")
PARTS = ("Adobe-licensed images", "Other")


class AdobeImageMatting(ParallelFolders):
    """Foregrounds of `{Training_set,Test_set}/{Adobe-licensed images,Other}/{fg,alpha}`.

    Xu et al., "Deep Image Matting", CVPR 2017: 431 foregrounds for training, 50 for testing.

    Args:
        folder: the folder that contains `Training_set` and `Test_set`, or one of these two.
        split: `"Training_set"` or `"Test_set"`. Ignored if `folder` is one of these.
        max_side, cache_bytes: as in `ParallelFolders`.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str = "Training_set",
        max_side: int | None = None,
        cache_bytes: int = CACHE_BYTES,
    ):
        super().__init__(adobe_parts(folder, split), max_side, cache_bytes)


def adobe_parts(folder: str | Path, split: str) -> list[Path]:
    """Return the folders of one split that contain `fg/` and `alpha/`.

    Raises:
        ValueError: if there is no such split.
        UserError: if the folder contains none of these folders.
    """
    if split not in SPLITS:
        raise ValueError(f"`split` must be one of {', '.join(SPLITS)}. Received: {split!r}")
    folder = Path(folder)
    root = folder / split if (folder / split).is_dir() else folder
    parts = [root / part for part in PARTS if (root / part / "fg").is_dir()]
    if not parts:
        expected = " or ".join(f"'{split}/{part}/fg'" for part in PARTS)
        raise UserError(f"{folder}: not the Adobe Image Matting layout; expected {expected}")
    return parts
