"""Whether an exported network does what the Keras network does."""

from pathlib import Path

import numpy as np

from hop_tf.images import read_photo, read_trimap
from hop_tf.scores import sad

EXAMPLES = Path(__file__).parents[1] / "examples"

#: Largest and mean absolute difference of alpha to Keras in float32.
TOLERANCES = {"float32": (1e-4, 1e-4), "float16": (2e-2, 2e-3)}

#: By which factor the mean SAD of an int8 network may exceed that of Keras.
SAD_FACTOR = 1.10

#: Sizes at which a network for photos of any size is run.
SIZES = ((75, 130), (160, 96))


def difference_to_keras(run, reference, size, batch=1, dtype="float32"):
    """Compares an exported network with Keras on noise with a random trimap, and on a photo.

    Args:
        run: function of image and trimap that returns the alpha.
        reference: `keras.Model` from `deployment_graph`.
        size: (height, width) to run at.
        batch: int.
        dtype: of the exported network's inputs.

    Returns:
        Largest and mean absolute difference of alpha.
    """
    differences = []
    for image, trimap in (_noise(size), _photo(size)):
        image, trimap = (np.repeat(x[None], batch, axis=0) for x in (image, trimap[..., None]))
        expected = reference.predict_on_batch({"image": np.float32(image), "trimap": np.float32(trimap)})["alpha"]
        differences.append(np.abs(run(image.astype(dtype), trimap.astype(dtype)) - expected))
    return float(np.max(differences)), float(np.mean(differences))


def mean_sad(run, pictures, dtype="float32"):
    """Mean SAD of pictures, in thousands of pixels, as `hop_tf.scores.sad`.

    Args:
        run: function of image and trimap that returns the alpha.
        pictures: sequence of (name, photo, trimap, alpha), uint8.
        dtype: of the network's inputs.
    """
    total = 0
    for _, image, trimap, alpha in pictures:
        predicted = run(image[None].astype(dtype), trimap[None, ..., None].astype(dtype))[0, ..., 0]
        total += sad(np.uint8(np.round(255 * predicted)), alpha, trimap)
    return total / len(pictures)


def _noise(size):
    rng = np.random.default_rng(0)
    blocks = rng.choice([0, 128, 255], [-(-n // 16) for n in size]).repeat(16, axis=0).repeat(16, axis=1)
    return rng.integers(0, 256, (*size, 3)), blocks[: size[0], : size[1]]


def _photo(size):
    """The example photo and its trimap around their middle, mirrored where `size` is larger."""
    parts = read_photo(EXAMPLES / "macaws.jpg"), read_trimap(EXAMPLES / "macaws_trimap.png")
    for axis, n in enumerate(size):
        length = parts[0].shape[axis]
        first = max(0, (length - n) // 2)
        positions = np.arange(first, first + n) % (2 * length)
        positions = np.minimum(positions, 2 * length - 1 - positions)
        parts = [part.take(positions, axis) for part in parts]
    return parts
