"""The Adobe Image Matting data set, as it is unpacked."""

from pathlib import Path

from hop_tf.datasets.sources.foregrounds import CACHE_BYTES
from hop_tf.datasets.sources.parallel import ParallelFolders

SPLITS = ("Training_set", "Test_set")
PARTS = ("Adobe-licensed images", "Other")


class AdobeImageMatting(ParallelFolders):
    """Foregrounds of ``{Training_set,Test_set}/{Adobe-licensed images,Other}/{fg,alpha}``.

    Source: Xu et al., "Deep Image Matting", CVPR 2017: 431 foregrounds to train on, 50 to test on.

    Args:
        folder: the folder with ``Training_set`` and ``Test_set``, or one of these two.
        split: "Training_set" or "Test_set"; not used when ``folder`` is one of these.
        max_side, cache_bytes: as in ParallelFolders.
    """

    def __init__(self, folder, split="Training_set", max_side=None, cache_bytes=CACHE_BYTES):
        super().__init__(adobe_parts(Path(folder), split), max_side, cache_bytes)


def adobe_parts(folder, split):
    """The folders of one split that hold ``fg/`` and ``alpha/``; at least one, or it is an error."""
    if split not in SPLITS:
        raise ValueError(f"`split` must be one of {', '.join(SPLITS)}. Received: {split!r}")
    root = folder / split if (folder / split).is_dir() else folder
    parts = [root / part for part in PARTS if (root / part / "fg").is_dir()]
    if not parts:
        expected = " or ".join(f"'{split}/{part}/fg'" for part in PARTS)
        raise FileNotFoundError(f"{folder}: not the Adobe Image Matting layout; expected {expected}")
    return parts
