"""Listing the pictures in a folder."""

import logging
import os
from pathlib import Path

from hop_tf.errors import UserError, some_names

_LOG = logging.getLogger(__name__)

#: The kinds of picture that `hop_tf.pictures.reading` reads.
PICTURE_SUFFIXES = {
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".avif", ".tif", ".tiff", ".gif"),
    *(".bmp", ".dib", ".tga", ".jp2", ".j2k", ".jpx", ".jpf", ".j2c", ".jpc", ".pbm", ".pgm", ".ppm", ".pnm"),
    *(".qoi", ".psd", ".pcx", ".sgi", ".exr"),
}
#: Pictures that it does not read. If a folder holds some, they are named.
UNREADABLE_SUFFIXES = {
    *(".heic", ".heif", ".jxl", ".hdr", ".pfm", ".svg", ".eps", ".psb", ".xcf", ".kra", ".ico", ".dds"),
    *(".icns", ".cur", ".ras", ".xbm", ".xpm", ".fits", ".pam"),
    *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".raf", ".rw2", ".pef", ".srw", ".raw"),
}


def is_picture(path: Path) -> bool:
    """Return whether a path has the name of a picture file; hidden files and folders do not count."""
    return _has_suffix(path.name, PICTURE_SUFFIXES) and not path.is_dir()


def list_pictures(folder: str | os.PathLike) -> list[Path]:
    """Return the pictures directly in a folder, sorted by path. Hidden and other files are skipped.

    A warning names pictures of a kind that cannot be read, such as HEIC.

    Raises:
        UserError: if the folder does not exist or holds no picture.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "no such folder"
        raise UserError(f"{folder}: {what}; expected a folder of pictures")
    with os.scandir(folder) as entries:  # knows folders without asking the file system for each file
        names = [entry.name for entry in entries if not entry.is_dir()]
    pictures = [folder / name for name in sorted(names) if _has_suffix(name, PICTURE_SUFFIXES)]
    unreadable = some_names(name for name in names if _has_suffix(name, UNREADABLE_SUFFIXES))
    if not pictures:
        found = f" (only {unreadable}, which cannot be read)" if unreadable else ""
        raise UserError(f"{folder}: no picture in this folder{found}; expected PNG, JPEG, TIFF or WebP files")
    if unreadable:
        _LOG.warning("%s: skipped, cannot be read: %s; save them as PNG or JPEG", folder, unreadable)
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


def _has_suffix(name, suffixes):
    return os.path.splitext(name)[1].lower() in suffixes and not name.startswith(".")
