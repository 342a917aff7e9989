"""Where test sets keep photos, trimaps and true alphas."""

from pathlib import Path
from typing import NamedTuple

from hop_tf.errors import UserError, some_names
from hop_tf.pictures.folders import pictures_by_stem

RELEASED = "Adobe-licensed images"  # the folder within Adobe's Test_set


class Picture(NamedTuple):
    """One picture of a test set under one of its trimaps.

    Attributes:
        name: str, the file stem.
        photo: `Path`, or None where the set has no photos.
        trimap, alpha: `Path`.
    """

    name: str
    photo: Path | None
    trimap: Path
    alpha: Path


def open_test_set(layout, folder):
    """Finds the pictures of a test set.

    Args:
        layout: str, a key of `LAYOUTS`.
        folder: `Path`.

    Returns:
        Dict of list of `Picture`, by the name of the folder of trimaps where the set has several, else by "".

    Raises:
        UserError: if there is no such folder, a part of the layout is missing, or a picture has no partner.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "no such folder"
        raise UserError(f"{folder}: {what}; expected a test set of the layout {layout}")
    return LAYOUTS[layout](folder)


def layout_of(folder):
    """The key of `LAYOUTS` that a test set, a `Path`, has by the names of its folders; "folder" if none tells."""
    marks = {
        "alphamatting": ("trimap1", "Trimap1", "trimap_training_lowres"),
        "composition-1k": ("merged", f"{RELEASED}/merged"),
    }
    told = (layout for layout, names in marks.items() if any((folder / name).is_dir() for name in names))
    return next(told, "folder")


def pair(trimaps, alphas, photos=None):
    """Matches the pictures of two or three folders by file stem.

    Returns:
        List of `Picture`, sorted by name.

    Raises:
        UserError: if a folder is missing or empty, or a picture has no partner.
    """
    found = {folder: pictures_by_stem(folder) for folder in (photos, trimaps, alphas) if folder}
    check_partners(found)
    stems = found[trimaps]
    return [Picture(stem, found[photos][stem] if photos else None, stems[stem], found[alphas][stem]) for stem in stems]


def check_partners(found):
    """Raises `UserError` unless all folders have pictures of the same stems.

    Args:
        found: dict of folder to dict of file stem to `Path`.
    """
    stems = set().union(*found.values())
    for folder, pictures in found.items():
        missing = stems - pictures.keys()
        if missing:
            raise UserError(f"{folder}: no picture for {some_names(missing)}; expected a partner for every stem")


def _composition_1k(folder):
    """Adobe's Test_set once its script has made the composites, as GCA has it, or as `hop-tf data compose`.

    An alpha may be there for every composite, or once for all composites of its foreground: `x.png` for `x_0.png`.
    """
    trimaps = _part(folder, "trimap", "trimaps", f"{RELEASED}/trimaps")
    alphas = _part(folder, "alpha", "alpha_copy", f"{RELEASED}/alpha")
    found, by_stem = pictures_by_stem(trimaps), pictures_by_stem(alphas)
    alpha_of = {stem: by_stem.get(stem) or by_stem.get(stem.rpartition("_")[0]) for stem in found}
    check_partners({alphas: {stem: path for stem, path in alpha_of.items() if path}, trimaps: found})
    photos = next((folder / name for name in ("merged", f"{RELEASED}/merged") if (folder / name).is_dir()), None)
    photo_of = dict.fromkeys(found)
    if photos:
        photo_of = pictures_by_stem(photos)
        check_partners({photos: photo_of, trimaps: found})
    return {"": [Picture(stem, photo_of[stem], trimap, alpha_of[stem]) for stem, trimap in found.items()]}


def _alphamatting(folder):
    """The training images of alphamatting.com: as unpacked, or under the names that papers' authors give them."""
    if (folder / "input_training_lowres").is_dir():
        names, trimaps = ("input_training_lowres", "gt_training_lowres"), folder / "trimap_training_lowres"
    else:
        names, trimaps = ("input", "alpha"), folder
    photos, alphas = (_part(folder, name) for name in names)
    sets = sorted(path for path in trimaps.glob("[Tt]rimap[0-9]") if path.is_dir())
    if not sets:
        raise UserError(f"{trimaps}: no folder trimap1 in it; expected the layout of alphamatting.com")
    return {path.name.lower(): pair(path, alphas, photos) for path in sets}


def _folder(folder):
    return {"": pair(_part(folder, "trimap"), _part(folder, "alpha"), _part(folder, "input", "image"))}


def _part(folder, *names):
    """The first of the subfolders that exists."""
    for name in names:
        if (folder / name).is_dir():
            return folder / name
    raise UserError(f"{folder}: no folder {' or '.join(names[:2])} in it; is this the layout that was named?")


LAYOUTS = {"composition-1k": _composition_1k, "alphamatting": _alphamatting, "folder": _folder}
