"""Whether an exported network does what the Keras network does."""

import numpy as np

from hop_tf.evaluation.metrics import sad
from hop_tf.export.samples import as_inputs, example_photo

#: Largest and mean absolute difference of alpha to Keras in float32.
TOLERANCES = {"float32": (1e-4, 1e-4), "float16": (2e-2, 2e-3)}
STORED_IN_FLOAT16 = (1e-2, 5e-4)  # kernels rounded to float16, computed in float32

#: By which factor the mean SAD of an int8 network may exceed that of Keras.
SAD_FACTOR = 1.10

#: Sizes at which a network for photos of any size is run.
SIZES = ((75, 130), (160, 96))


def difference_to_keras(run, run_reference, shape, dtype="float32"):
    """Compares an exported network with Keras on noise with a random trimap, and on a photo.

    Args:
        run: function of image and trimap that returns the alpha.
        run_reference: the same of Keras, with float32 inputs.
        shape: (batch, height, width) to run at.
        dtype: of the exported network's inputs.

    Returns:
        Largest and mean absolute difference of alpha.
    """
    (batch, *size), differences = shape, []
    for image, trimap in (_noise(size), example_photo(size)):
        image, trimap = (np.repeat(x[None], batch, axis=0) for x in (image, trimap[..., None]))
        expected = run_reference(np.float32(image), np.float32(trimap))
        differences.append(np.abs(run(image.astype(dtype), trimap.astype(dtype)) - expected))
    return float(np.max(differences)), float(np.mean(differences))


def mean_sad(run, pictures, dtype="float32", batch=1):
    """Mean SAD of pictures, in thousands of pixels, as `hop_tf.evaluation.metrics.sad`.

    Args:
        run: function of image and trimap that returns the alpha.
        pictures: sequence of (name, photo, trimap, alpha), uint8.
        dtype: of the network's inputs.
        batch: int, how many pictures the network takes at a time.
    """
    total = 0
    for picture in pictures:
        *_, trimap, alpha = picture
        predicted = run(**as_inputs(picture, dtype, batch))[0, ..., 0]
        total += sad(np.uint8(np.round(255 * predicted)), alpha, trimap)
    return total / len(pictures)


def _noise(size):
    rng = np.random.default_rng(0)
    blocks = rng.choice([0, 128, 255], [-(-n // 16) for n in size]).repeat(16, axis=0).repeat(16, axis=1)
    return rng.integers(0, 256, (*size, 3)), blocks[: size[0], : size[1]]
