"""Pictures that exported networks are run on, calibrated with and scored by."""

from pathlib import Path

import numpy as np

from hop_tf.datasets.samples import MattingSamples
from hop_tf.evaluation.reading import PictureSet
from hop_tf.layers.padding import mirrored
from hop_tf.pictures.reading import read_photo, read_trimap

EXAMPLES = Path(__file__).parents[1] / "examples"
DRAWN = 32
DRAWN_SIZE = 320  # where any size will do


def example_photo(size):
    """The bundled photo and trimap around their middle: uint8 `[*size, 3]` and `[*size]`."""
    return _around_middle(read_photo(EXAMPLES / "macaws.jpg"), read_trimap(EXAMPLES / "macaws_trimap.png"), size=size)


def drawn_pictures(size=None):
    """Training samples with drawn foregrounds.

    Args:
        size: (height, width) in pixels; None for squares of 320.

    Returns:
        List of (name, photo, trimap, alpha): uint8 `[*size, 3]`, `[*size]` and `[*size]`.
    """
    size = size or (DRAWN_SIZE, DRAWN_SIZE)
    samples = MattingSamples(crop_size=max(size), seed=1)
    pictures = []
    for i in range(DRAWN):
        image, trimap, alpha = samples.sample(i)
        parts = _around_middle(image, trimap, np.uint8(np.round(255 * alpha)), size=size)
        pictures.append((f"drawn {i}", *parts))
    return pictures


def pictures_of_folder(folder, size=None):
    """The pictures of a folder, cut or mirrored to `size` unless that is None.

    Args:
        folder: path of a test set, as `hop_tf.evaluation.reading.PictureSet` takes it.
        size: (height, width) in pixels.

    Returns:
        As `drawn_pictures`.

    Raises:
        UserError, ImageError: if a folder is missing or empty, a picture has no partner or cannot be read.
    """
    return [(name, *(_around_middle(*parts, size=size) if size else parts)) for name, *parts in PictureSet(folder)]


def as_inputs(picture, dtype="float32", batch=1):
    """A picture, `batch` times, as the inputs of an exported graph."""
    _, image, trimap, _ = picture
    inputs = {"image": image, "trimap": trimap[..., None]}
    return {name: np.repeat(x[None].astype(dtype), batch, axis=0) for name, x in inputs.items()}


def _around_middle(*parts, size):
    """Cuts arrays `[height, width, ...]` to `size` around the middle; where they are smaller they are mirrored."""
    for axis, n in enumerate(size):
        length = parts[0].shape[axis]
        positions = mirrored(np.arange(n) + max(0, (length - n) // 2), length)
        parts = [part.take(positions, axis) for part in parts]
    return parts
