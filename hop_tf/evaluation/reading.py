"""Reads the pictures of a test set."""

from collections.abc import Sequence
from pathlib import Path

from hop_tf.errors import UserError
from hop_tf.evaluation.test_sets import layout_of, open_test_set
from hop_tf.pictures.reading import check_same_size, read_alpha, read_photo, read_trimap


class PictureSet(Sequence):
    """The pictures of a test set, under the first of its kinds of trimaps, each read when it is asked for.

    Item i is the tuple of name, photo, uint8 `[height, width, 3]`, trimap and alpha, both uint8 `[height, width]`.

    Args:
        folder: path.
        layout: str, a key of `hop_tf.evaluation.test_sets.LAYOUTS`; None for the one that `layout_of` tells.

    Raises:
        UserError: if a part of the layout is missing, a picture has no partner or, when it is read, another size.
    """

    def __init__(self, folder, layout=None):
        folder = Path(folder)
        self.pictures = next(iter(open_test_set(layout or layout_of(folder), folder).values()))
        if self.pictures[0].photo is None:
            raise UserError(f"{folder}: no folder of photos in it")

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        name, *paths = self.pictures[index]
        arrays = read_photo(paths[0]), read_trimap(paths[1]), read_alpha(paths[2])
        for path, array in zip(paths[1:], arrays[1:], strict=True):
            check_same_size(path, array, paths[0], arrays[0])
        return name, *arrays
