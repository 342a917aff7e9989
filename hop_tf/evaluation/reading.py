"""The pictures of a test set as arrays."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hop_tf.errors import UserError
from hop_tf.evaluation.test_sets import layout_of, open_test_set
from hop_tf.pictures.reading import check_same_size, read_alpha, read_photo, read_trimap


class Sample(NamedTuple):
    """One picture with its true alpha.

    Attributes:
        name: file stem.
        photo: uint8 array `[height, width, 3]`, RGB.
        trimap: uint8 array `[height, width]`.
        alpha: uint8 array `[height, width]`.
    """

    name: str
    photo: np.ndarray
    trimap: np.ndarray
    alpha: np.ndarray


class PictureSet(Sequence[Sample]):
    """The pictures of a test set under its first kind of trimap, each read on access.

    Args:
        folder: the test set.
        layout: a key of `hop_tf.evaluation.test_sets.LAYOUTS`; `None` detects it with `layout_of`.

    Raises:
        UserError: if a part of the layout is missing or a picture has no partner; on access, if photo, trimap and alpha
            differ in size.
    """

    def __init__(self, folder: str | PathLike, layout: str | None = None):
        folder = Path(folder)
        self.pictures = next(iter(open_test_set(layout or layout_of(folder), folder).values()))
        if self.pictures[0].photo is None:
            raise UserError(f"{folder}: no folder of photos in it; expected one such as input, image or merged")

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        picture = self.pictures[index]
        path = picture.required_photo()
        photo, trimap, alpha = read_photo(path), read_trimap(picture.trimap), read_alpha(picture.alpha)
        check_same_size(picture.trimap, trimap, path, photo)
        check_same_size(picture.alpha, alpha, path, photo)
        return Sample(picture.name, photo, trimap, alpha)
