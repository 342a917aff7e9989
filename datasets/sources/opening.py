"""From the path of a folder to the source that reads it."""

from pathlib import Path

from hop_tf.datasets.sources.adobe import PARTS, SPLITS, AdobeImageMatting
from hop_tf.datasets.sources.cutouts import CutoutFolder
from hop_tf.datasets.sources.files import SUFFIXES
from hop_tf.datasets.sources.parallel import ParallelFolders

#: {layout: source}
LAYOUTS = {"cutouts": CutoutFolder, "folders": ParallelFolders, "adobe": AdobeImageMatting}


def open_foregrounds(path, layout="auto", max_side=None):
    """Opens a folder of foregrounds.

    Args:
        path: the folder.
        layout: "cutouts" (RGBA images), "folders" (``fg/`` and ``alpha/``), "adobe" (Adobe Image Matting, its
            training set), or "auto": what the folder looks like.
        max_side: larger images are shrunk to this many pixels on their longer side; None keeps their size.

    Returns:
        A Foregrounds.

    Raises:
        FileNotFoundError, ValueError: there is no such folder, or it has none of the layouts.
    """
    if layout != "auto" and layout not in LAYOUTS:
        raise ValueError(f"`layout` must be one of auto, {', '.join(LAYOUTS)}. Received: {layout!r}")
    return LAYOUTS[recognise(path) if layout == "auto" else layout](path, max_side=max_side)


def recognise(path):
    """Name of the layout that the folder ``path`` has."""
    path = Path(path)
    if not path.is_dir():
        raise FileNotFoundError(f"No such folder of foregrounds: {path}")
    if any((path / name).is_dir() for name in (*SPLITS, *PARTS)):
        return "adobe"
    if (path / "fg").is_dir() or (path / "alpha").is_dir():
        return "folders"
    if any(entry.suffix.lower() in SUFFIXES for entry in path.iterdir()):
        return "cutouts"
    raise ValueError(
        f"{path}: no foregrounds found; expected RGBA images, or the folders 'fg' and 'alpha', or "
        f"'{SPLITS[0]}' of Adobe Image Matting"
    )
