"""The mattes to score: finished ones of several methods, or those of a network."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from hop_tf.errors import UserError
from hop_tf.evaluation.scoring import MatteFile
from hop_tf.evaluation.test_sets import Picture, check_partners
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.folders import pictures_by_stem
from hop_tf.pictures.reading import check_same_size, read_photo, read_trimap
from hop_tf.pictures.writing import write_png

TestSet = Mapping[str, Sequence[Picture]]


def finished_mattes(folders: Sequence[str], test_set: TestSet) -> list[MatteFile]:
    """Find the mattes of one or several methods.

    Args:
        folders: `DIR` or `NAME=DIR` for each method. A method without a name is named after its folder.
        test_set: the pictures, as `hop_tf.evaluation.test_sets.open_test_set` returns them. The mattes of a named
            trimap set are in a subfolder of that name.

    Returns:
        The mattes, method by method, in the order of the test set.

    Raises:
        UserError: if a folder is missing, a matte or a picture has no partner, or two methods have the same name.
    """
    tasks, methods = [], {}
    for text in folders:
        method, folder = _named(text)
        if method in methods:
            raise UserError(f"{folder}: a second method {method}; name them, as in --pred ours={folder}")
        methods[method] = folder
        for trimap_set, pictures in test_set.items():
            found = _mattes(folder, trimap_set)
            trimaps = {picture.name: picture.trimap for picture in pictures}
            check_partners({folder / trimap_set: found, pictures[0].trimap.parent: trimaps})
            tasks += [MatteFile(method, trimap_set, picture, found[picture.name]) for picture in pictures]
    return tasks


def network_mattes(
    find_alpha: Callable[[Path, np.ndarray, np.ndarray], np.ndarray], method: str, test_set: TestSet, folder: Path
) -> Iterator[MatteFile]:
    """Compute and save the mattes of a test set lazily, one at a time.

    Args:
        find_alpha: function of the photo's path, the photo and the trimap that returns the alpha, float32
            `[height, width]` in 0..1.
        method: name of the network.
        test_set: the pictures, as `hop_tf.evaluation.test_sets.open_test_set` returns them, with photos.
        folder: output folder for 8-bit PNG files, with a subfolder for each named trimap set.

    Yields:
        Each matte once its file is written.

    Raises:
        UserError: if photo and trimap differ in size, a picture cannot be read or a matte cannot be written.
    """
    for trimap_set, pictures in test_set.items():
        for picture in pictures:
            target = folder / trimap_set / f"{picture.name}.png"
            path = picture.required_photo()
            photo, trimap = read_photo(path), read_trimap(picture.trimap)
            check_same_size(picture.trimap, trimap, path, photo)
            alpha = find_alpha(path, photo, trimap)
            target.parent.mkdir(parents=True, exist_ok=True)
            write_png(target, to_uint8(alpha))
            yield MatteFile(method, trimap_set, picture, target, is_predicted=True)


def _named(text):
    name, equals, folder = text.partition("=")
    if not equals or Path(text).is_dir():
        return Path(os.path.abspath(text)).name, Path(text)
    return name, Path(folder)


def _mattes(folder, trimap_set):
    if trimap_set and folder.is_dir() and not (folder / trimap_set).is_dir():
        raise UserError(
            f"{folder}: no folder {trimap_set} in it; expected a subfolder of mattes for each kind of trimap"
        )
    return pictures_by_stem(folder / trimap_set)
