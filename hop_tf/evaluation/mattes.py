"""The mattes to score: finished ones of several methods, or those that a network finds."""

import os
from pathlib import Path

import numpy as np

from hop_tf.errors import UserError
from hop_tf.evaluation.scoring import Task
from hop_tf.evaluation.test_sets import check_partners
from hop_tf.pictures.folders import pictures_by_stem
from hop_tf.pictures.reading import check_same_size, read_photo, read_trimap
from hop_tf.pictures.writing import write_png


def finished_mattes(folders, test_set):
    """Finds the mattes of one or several methods.

    Args:
        folders: list of str, `DIR` or `NAME=DIR`. A method that is not named has the folder's name.
        test_set: dict, as `hop_tf.evaluation.test_sets.open_test_set` gives it. Mattes of a trimap set that has a name
            are in a folder of that name.

    Returns:
        List of `Task`, by method, then in the order of the test set.

    Raises:
        UserError: if a folder is missing, a matte has no partner in the test set or the reverse, or two methods
            have one name.
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
            tasks += [Task(method, trimap_set, picture, found[picture.name]) for picture in pictures]
    return tasks


def network_mattes(find_alpha, method, test_set, folder):
    """Mattes a test set, one picture whenever the next task is asked for.

    Args:
        find_alpha: function from the photo's path, photo and trimap to alpha, float32 `[height, width]` in 0..1.
        method: str, the network's name.
        test_set: dict, as `hop_tf.evaluation.test_sets.open_test_set` gives it; its pictures must have photos.
        folder: `Path`, where the mattes go: 8-bit PNG files, within a folder of their trimap set's name if it has one.

    Yields:
        `Task`.

    Raises:
        UserError: if photo and trimap differ in size.
        ImageError: if a picture cannot be read or a matte not be written.
    """
    for trimap_set, pictures in test_set.items():
        for picture in pictures:
            target = folder / trimap_set / f"{picture.name}.png"
            photo, trimap = read_photo(picture.photo), read_trimap(picture.trimap)
            check_same_size(picture.trimap, trimap, picture.photo, photo)
            alpha = find_alpha(picture.photo, photo, trimap)
            target.parent.mkdir(parents=True, exist_ok=True)
            write_png(target, np.round(alpha * 255).astype(np.uint8))
            yield Task(method, trimap_set, picture, target)


def _named(text):
    name, equals, folder = text.partition("=")
    if not equals or Path(text).is_dir():
        return Path(os.path.abspath(text)).name, Path(text)
    return name, Path(folder)


def _mattes(folder, trimap_set):
    if trimap_set and folder.is_dir() and not (folder / trimap_set).is_dir():
        raise UserError(f"{folder}: no folder {trimap_set} in it; expected the mattes of each kind of trimap apart")
    return pictures_by_stem(folder / trimap_set)
