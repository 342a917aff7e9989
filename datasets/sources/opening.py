"""From the path of a folder to the source that reads it."""

import logging
from pathlib import Path

from hop_tf.datasets.sources.adobe import PARTS, SPLITS, AdobeImageMatting
from hop_tf.datasets.sources.cutouts import CutoutFolder
from hop_tf.datasets.sources.foregrounds import Foregrounds
from hop_tf.datasets.sources.parallel import ParallelFolders
from hop_tf.errors import UserError, some_names
from hop_tf.pictures.folders import is_picture

_LOG = logging.getLogger(__name__)

#: {layout: source}
LAYOUTS = {"cutouts": CutoutFolder, "folders": ParallelFolders, "adobe": AdobeImageMatting}


def open_foregrounds(path: str | Path, layout: str = "auto", max_side: int | None = None) -> Foregrounds:
    """Open a folder of foregrounds.

    Args:
        path: the folder.
        layout: `"cutouts"` (RGBA pictures), `"folders"` (`fg/` and `alpha/`), `"adobe"` (the training set of Adobe
            Image Matting), or `"auto"` to recognise the layout.
        max_side: larger pictures are shrunk until their longer side has this many pixels. `None` keeps their size.

    Raises:
        ValueError: if there is no such layout.
        UserError: if the folder does not exist or has another layout.
    """
    if layout != "auto" and layout not in LAYOUTS:
        raise ValueError(f"`layout` must be one of auto, {', '.join(LAYOUTS)}. Received: {layout!r}")
    return LAYOUTS[recognise(path) if layout == "auto" else layout](path, max_side=max_side)


def recognise(path: str | Path) -> str:
    """Return the name of the layout of a folder.

    Raises:
        UserError: if the folder does not exist or has none of the layouts.
    """
    path = Path(path)
    if not path.is_dir():
        raise UserError(f"{path}: no such folder; expected a folder of foregrounds")
    if any((path / name).is_dir() for name in (*SPLITS, *PARTS)):
        return "adobe"
    pictures = filter(is_picture, path.iterdir())
    if (path / "fg").is_dir() or (path / "alpha").is_dir():
        if beside := some_names(each.name for each in pictures):
            _LOG.warning("%s: left out, because they lie beside fg/ and alpha/: %s", path, beside)
        return "folders"
    if any(pictures):
        return "cutouts"
    raise UserError(
        f"{path}: no foregrounds found; expected RGBA images, or the folders 'fg' and 'alpha', or "
        f"'{SPLITS[0]}' of Adobe Image Matting"
    )
