"""Listing the pictures of a folder."""

from pathlib import Path

from hop_tf.errors import UserError

PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".jp2", ".pgm", ".ppm"}


def pictures_by_stem(folder: Path) -> dict[str, Path]:
    """Return the pictures directly in a folder by file stem, sorted; hidden and other files are skipped.

    Raises:
        UserError: if the folder does not exist or holds no picture, or if two pictures share a stem.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "no such folder"
        raise UserError(f"{folder}: {what}; expected a folder of pictures")
    pictures: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in PICTURE_SUFFIXES or path.name.startswith(".") or path.is_dir():
            continue
        if path.stem in pictures:
            raise UserError(f"{path}: {pictures[path.stem].name} has the same stem; keep one of the two")
        pictures[path.stem] = path
    if not pictures:
        raise UserError(f"{folder}: no picture in this folder; expected PNG, JPEG, TIFF or WebP files")
    return pictures
