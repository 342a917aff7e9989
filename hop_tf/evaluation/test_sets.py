"""The folder layouts of test sets."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from hop_tf.errors import UserError, some_names
from hop_tf.pictures.folders import pictures_by_stem

RELEASED = "Adobe-licensed images"  # folder in Adobe's Test_set


class Picture(NamedTuple):
    """One picture of a test set under one of its trimaps.

    Attributes:
        name: file stem.
        photo: the photo, or `None` if the set has no photos.
        trimap: the trimap.
        alpha: the true alpha.
    """

    name: str
    photo: Path | None
    trimap: Path
    alpha: Path

    def required_photo(self) -> Path:
        """Return the photo; raise `UserError` if the set has no photos."""
        if self.photo is None:
            raise UserError(f"{self.trimap}: no photo for this trimap; add the folder of photos to the test set")
        return self.photo


def open_test_set(layout: str, folder: Path) -> dict[str, list[Picture]]:
    """Find the pictures of a test set.

    Args:
        layout: a key of `LAYOUTS`.
        folder: the test set.

    Returns:
        `{trimap set: pictures}`. A trimap set is named after its folder if there are several, otherwise "".

    Raises:
        UserError: if the folder or a part of the layout is missing, or a picture has no partner.
    """
    if not folder.is_dir():
        problem = "is a file" if folder.exists() else "no such folder"
        raise UserError(f"{folder}: {problem}; expected a test set of the layout {layout}")
    return LAYOUTS[layout](folder)


def layout_of(folder: Path) -> str:
    """Return the key of `LAYOUTS` that the subfolders suggest; "folder" if they suggest none."""
    marks = {
        "alphamatting": ("trimap1", "Trimap1", "trimap_training_lowres"),
        "composition-1k": ("merged", f"{RELEASED}/merged"),
    }
    matching = (layout for layout, names in marks.items() if any((folder / name).is_dir() for name in names))
    return next(matching, "folder")


def pair(trimaps: Path, alphas: Path, photos: Path | None = None) -> list[Picture]:
    """Match the pictures of two or three folders by file stem.

    Returns:
        The pictures, sorted by name.

    Raises:
        UserError: if a folder is missing or empty, or a picture has no partner.
    """
    found = {folder: pictures_by_stem(folder) for folder in (photos, trimaps, alphas) if folder}
    check_partners(found)
    stems = found[trimaps]
    return [Picture(stem, found[photos][stem] if photos else None, stems[stem], found[alphas][stem]) for stem in stems]


def check_partners(found: Mapping[Path, Mapping[str, Path]]) -> None:
    """Raise `UserError` unless all folders have pictures with the same stems.

    Args:
        found: `{folder: {stem: file}}`.
    """
    stems = set().union(*found.values())
    for folder, pictures in found.items():
        missing = stems - pictures.keys()
        if missing:
            raise UserError(f"{folder}: no picture for {some_names(missing)}; expected a partner for every stem")


def _composition_1k(folder):
    """Find Composition-1k as Adobe's script, GCA or `hop-tf data compose` writes it.

    Each composite has an alpha of its own, or all composites of a foreground share one: `x.png` for `x_0.png`.

    Raises:
        UserError: as in `open_test_set`, and if it is unclear which of the two it is.
    """
    trimaps = _part(folder, "trimap", "trimaps", f"{RELEASED}/trimaps")
    alphas = _part(folder, "alpha", "alpha_copy", f"{RELEASED}/alpha")
    found, by_stem = pictures_by_stem(trimaps), pictures_by_stem(alphas)
    alpha_of = _alphas_of_composites(found, by_stem)
    check_partners({alphas: alpha_of, trimaps: found})
    photos = next((folder / name for name in ("merged", f"{RELEASED}/merged") if (folder / name).is_dir()), None)
    photo_of = pictures_by_stem(photos) if photos else {}
    if photos:
        check_partners({photos: photo_of, trimaps: found})
    return {"": [Picture(stem, photo_of.get(stem), found[stem], alpha_of[stem]) for stem in found]}


def _alphas_of_composites(stems, alphas):
    """Return `{stem: alpha}` of the composites that have one: their own, or their foreground's.

    A foreground may be called `x_1`, like a composite of `x`. Then the other composites decide: the names of a test set
    are either all those of composites or all those of foregrounds.
    """
    own = {stem: alphas[stem] for stem in stems if stem in alphas}
    shared = {stem: alphas[name] for stem in stems if (name := _foreground_of(stem)) in alphas}
    unclear = own.keys() & shared.keys()
    if unclear and (len(own) == len(stems)) == (len(shared) == len(stems)):
        stem = min(unclear)
        raise UserError(
            f"{own[stem]}: unclear whether this or {shared[stem].name} is the alpha of the composite {stem}; expected "
            "an alpha for each composite, or one for each foreground"
        )
    return {**own, **shared} if len(shared) == len(stems) else {**shared, **own}


def _foreground_of(stem):
    """Return `x` for the composite `x_0`, and `None` for other names."""
    name, _, number = stem.rpartition("_")
    return name if number.isdecimal() else None


def _alphamatting(folder):
    """Find the training images of alphamatting.com, as unpacked or with the folder names common in papers."""
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
    """Return the first of the subfolders that exists."""
    for name in names:
        if (folder / name).is_dir():
            return folder / name
    raise UserError(f"{folder}: no folder {' or '.join(names[:2])} in it; choose the layout that the folder has")


LAYOUTS = {"composition-1k": _composition_1k, "alphamatting": _alphamatting, "folder": _folder}
