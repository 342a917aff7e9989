"""Pictures that run, calibrate and check exported networks."""

import importlib.resources
import os
from collections.abc import Sequence

import numpy as np

from hop_tf.datasets.samples import MattingSamples
from hop_tf.evaluation.reading import PictureSet, Sample
from hop_tf.export.errors import ExportError
from hop_tf.layers.padding import mirrored
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.reading import read_photo, read_trimap
from hop_tf.pictures.trimap import UNKNOWN

EXAMPLES = importlib.resources.files("hop_tf.examples")
DRAWN = 32
DRAWN_SIZE = 320  # pixels, for networks that take any size


def example_photo(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the example photo and its trimap, cut or mirrored around their middle.

    Args:
        size: (height, width) in pixels.

    Returns:
        uint8 arrays `[*size, 3]` and `[*size]`.
    """
    with (
        importlib.resources.as_file(EXAMPLES / "macaws.jpg") as photo_path,
        importlib.resources.as_file(EXAMPLES / "macaws_trimap.png") as trimap_path,
    ):
        photo, trimap = _around_middle(read_photo(photo_path), read_trimap(trimap_path), size=size)
    return photo, trimap


def drawn_pictures(size: tuple[int, int] | None = None, count: int = DRAWN) -> list[Sample]:
    """Return training samples with drawn foregrounds.

    Args:
        size: (height, width) in pixels; `None` for squares of 320 pixels.
        count: how many.
    """
    size = size or (DRAWN_SIZE, DRAWN_SIZE)
    samples = MattingSamples(crop_size=max(size), seed=1)
    pictures = []
    for i in range(count):
        image, trimap, alpha = samples.sample(i)
        pictures.append(Sample(f"drawn {i}", *_around_middle(image, trimap, to_uint8(alpha), size=size)))
    return pictures


def pictures_of_folder(folder: str | os.PathLike, size: tuple[int, int] | None = None) -> list[Sample]:
    """Return the pictures of a test set.

    Args:
        folder: the test set, as `hop_tf.evaluation.reading.PictureSet` takes it.
        size: (height, width) in pixels to cut or mirror the pictures to; `None` leaves their size.

    Raises:
        UserError: if a folder is missing or empty, a picture has no partner or cannot be read.
    """
    return [
        Sample(name, *(_around_middle(*parts, size=size) if size else parts)) for name, *parts in PictureSet(folder)
    ]


def split_pictures(
    folder: str | os.PathLike | None, size: tuple[int, int] | None
) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """Return pictures that calibrate an int8 network and others that check it.

    Args:
        folder: a test set, for `pictures_of_folder`; `None` draws pictures.
        size: (height, width) in pixels; `None` for any.

    Raises:
        ExportError: if no check picture has an unknown region.
        UserError: if the folder cannot be read.
    """
    pictures = pictures_of_folder(folder, size) if folder else drawn_pictures(size)
    calibration, check = pictures[::2], [picture for picture in pictures[1::2] if (picture.trimap == UNKNOWN).any()]
    if not check:
        raise ExportError(
            f"{folder or 'drawn pictures'}: no picture to check the int8 network with: every second picture is for the "
            "check, and none of them has unknown pixels within the size of the export; choose other pictures"
        )
    return calibration, check


def as_inputs(photo: np.ndarray, trimap: np.ndarray, dtype: str = "float32", batch: int = 1) -> dict[str, np.ndarray]:
    """Return a photo and its trimap, repeated `batch` times, as the inputs of an exported network.

    Args:
        photo: `[height, width, 3]`.
        trimap: `[height, width]`.
        dtype: type of the inputs.
        batch: photos that the network takes at a time.

    Returns:
        `"image"`, `[batch, height, width, 3]`, and `"trimap"`, `[batch, height, width, 1]`.
    """
    inputs = {"image": photo, "trimap": trimap[..., None]}
    return {name: np.repeat(x[None].astype(dtype), batch, axis=0) for name, x in inputs.items()}


def _around_middle(*arrays, size):
    """Cut arrays `[height, width, ...]` to `size` around the middle; mirror those that are smaller."""
    cut = list(arrays)
    for axis, n in enumerate(size):
        length = cut[0].shape[axis]
        positions = mirrored(np.arange(n) + max(0, (length - n) // 2), length)
        cut = [array.take(positions, axis) for array in cut]
    return cut
