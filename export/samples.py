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

#: Least number of pictures that calibrate an int8 network, and of those that check it.
LEAST = 4


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


def pictures_of_folder(
    folder: str | os.PathLike, size: tuple[int, int] | None = None, at_least: int = 1
) -> list[Sample]:
    """Return the pictures of a test set.

    Args:
        folder: the test set, as `hop_tf.evaluation.reading.PictureSet` takes it.
        size: (height, width) in pixels to cut or mirror the pictures to; `None` leaves their size.
        at_least: number of pictures that must be there, half to calibrate an int8 network and half to check it.

    Raises:
        ExportError: if there are fewer.
        UserError: if a folder is missing or empty, a picture has no partner or cannot be read.
    """
    pictures = PictureSet(folder)
    if len(pictures) < at_least:
        raise ExportError(
            f"{folder}: holds {len(pictures)} picture(s); an int8 network needs at least {at_least}, half to calibrate "
            "it and half to check it; add pictures, or draw them by giving no folder"
        )
    return [Sample(name, *(_around_middle(*parts, size=size) if size else parts)) for name, *parts in pictures]


def split_pictures(
    folder: str | os.PathLike | None, size: tuple[int, int] | None
) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """Return pictures that calibrate an int8 network and others that check it.

    Args:
        folder: a test set, for `pictures_of_folder`; `None` draws pictures.
        size: (height, width) in pixels; `None` for any.

    Raises:
        ExportError: if there are fewer than 2 * `LEAST` pictures, or fewer than `LEAST` pictures for the calibration or
            the check have an unknown region.
        UserError: if the folder cannot be read.
    """
    pictures = pictures_of_folder(folder, size, at_least=2 * LEAST) if folder else drawn_pictures(size)
    calibration, check = pictures[::2], [picture for picture in pictures[1::2] if _has_unknown(picture)]
    for purpose, usable in (("check", check), ("calibrate", list(filter(_has_unknown, calibration)))):
        if len(usable) < LEAST:
            raise ExportError(
                f"{folder or 'drawn pictures'}: {len(usable) or 'no'} picture(s) with unknown pixels, within the size "
                f"of the export, to {purpose} the int8 network; it needs at least {LEAST}: every second picture by "
                "name is for the check, the others calibrate; add pictures"
            )
    return calibration, check


def _has_unknown(picture):
    return bool((picture.trimap == UNKNOWN).any())


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
