"""What the server remembers of one visitor, in a `gr.State` of their own."""

from typing import NamedTuple

import numpy as np
from PIL import Image

from hop_tf.demo.painting import RememberedSegmentation

SHOWN_SIDE = 1280  # longer side, in pixels, of the copy on the canvas


class Shown(NamedTuple):
    """The copy of a photo on the canvas.

    Attributes:
        photo: uint8 `[height, width, 3]`, RGB, at most `SHOWN_SIDE` pixels a side.
        given: uint8 `[height, width]`, the trimap or mask that came with the photo, or `None`.
        size: (width, height) of the photo itself.
        segment: the segmentation of this copy.
    """

    photo: np.ndarray
    given: np.ndarray | None
    size: tuple[int, int]
    segment: RememberedSegmentation

    @property
    def scale(self) -> float:
        """Factor from pixels of the photo to pixels of the copy."""
        return self.photo.shape[1] / self.size[0]


class Found(NamedTuple):
    """A finished matte, kept to try backgrounds."""

    stem: str
    photo: np.ndarray
    alpha: np.ndarray
    files: dict[str, str]


def shown_copy(photo: np.ndarray, given: np.ndarray | None) -> Shown:
    """Return the copy of a photo that the canvas shows.

    Args:
        photo: uint8 `[height, width, 3]`, RGB.
        given: uint8 `[height, width]` or `None`.
    """
    copy = Image.fromarray(photo)
    copy.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    if given is not None:
        given = np.asarray(Image.fromarray(given).resize(copy.size, Image.Resampling.NEAREST))
    return Shown(np.asarray(copy), given, (photo.shape[1], photo.shape[0]), RememberedSegmentation())
