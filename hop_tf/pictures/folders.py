"""Listing the pictures in a folder."""

import os
from pathlib import Path

from hop_tf.errors import UserError

PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".jp2", ".pgm", ".ppm"}


def is_picture(path: Path) -> bool:
    """Return whether a path has the name of a picture file; hidden files and folders do not count."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".") and not path.is_dir()


def list_pictures(folder: str | os.PathLike) -> list[Path]:
    """Return the pictures directly in a folder, sorted by path. Hidden and other files are skipped.

    Raises:
        UserError: if the folder does not exist or holds no picture.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "no such folder"
        raise UserError(f"{folder}: {what}; expected a folder of pictures")
    pictures = sorted(filter(is_picture, folder.iterdir()))
    if not pictures:
        raise UserError(f"{folder}: no picture in this folder; expected PNG, JPEG, TIFF or WebP files")
    return pictures


def pictures_by_stem(folder: str | os.PathLike) -> dict[str, Path]:
    """Return the pictures directly in a folder by file stem, sorted.

    Raises:
        UserError: as in `list_pictures`, and if two pictures share a stem.
    """
    pictures: dict[str, Path] = {}
    for path in list_pictures(folder):
        if path.stem in pictures:
            raise UserError(f"{path}: {pictures[path.stem].name} has the same stem; keep one of the two")
        pictures[path.stem] = path
    return pictures
