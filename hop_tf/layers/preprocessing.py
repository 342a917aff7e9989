from typing import Any

import keras
from keras import ops

from hop_tf.layers.types import Shape, Tensor
from hop_tf.pictures.input_size import SIZE_MULTIPLE
from hop_tf.pictures.trimap import FOREGROUND_FROM, UNKNOWN_FROM

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

SIZE_ERROR = (
    "`image` and `trimap` must have a height and width that are multiples of 32; "
    "`hop_tf.Predictor` takes photos of any size."
)
PAIR_ERROR = "`image` and `trimap` must have the same batch, height and width."


def check_shapes(image: Shape, trimap: Shape) -> None:
    """Check the shapes of a network's inputs as far as they are known.

    Args:
        image: shape of the photos; one channel is grey.
        trimap: shape of their trimaps.

    Raises:
        ValueError: if they are not `[batch, height, width, 3]` and `[batch, height, width, 1]`, or are empty, differ in
            batch, height or width, or have a height or width that is not a multiple of 32.
    """
    for name, shape, channels in (("image", image, (3, 1)), ("trimap", trimap, (1,))):
        if len(shape) != 4 or shape[3] not in (*channels, None) or 0 in shape:
            raise ValueError(
                f"`{name}` must be a batch of shape [batch, height, width, {channels[0]}], not empty. "
                f"Received: {name}.shape={tuple(shape)}"
            )
    if any(None not in (a, b) and a != b for a, b in zip(image[:3], trimap[:3], strict=True)):
        raise ValueError(f"{PAIR_ERROR} Received: image.shape={tuple(image)}, trimap.shape={tuple(trimap)}")
    if any(n is not None and n % SIZE_MULTIPLE for n in image[1:3]):
        raise ValueError(f"{SIZE_ERROR} Received: image.shape={tuple(image)}")


def known_shape(x: Tensor) -> Shape | None:
    """Return the shape of an array or tensor; `None` in a graph in which its rank is unknown."""
    shape = x.shape
    return None if getattr(shape, "rank", 0) is None else tuple(shape)


@keras.saving.register_keras_serializable(package="hop_tf")
class MattingInput(keras.layers.Layer):
    """Input layer: the photo normalised by ImageNet's mean and standard deviation, and the one-hot trimap.

    Call arguments:
        image: `[batch, height, width, 3]`, RGB in 0..255, any numeric dtype; height and width multiples of 32.
        trimap: `[batch, height, width, 1]` in 0..255: background below 85, foreground from 170, unknown between.

    Returns:
        Tuple of the normalised photo, float32 `[batch, height, width, 3]`, and the one-hot background, unknown region
        and foreground, float32 `[batch, height, width, 3]`.

    Raises:
        ValueError: if the known parts of the shapes do not fit, as in `check_shapes`.

    Example:
        >>> rgb, one_hot = MattingInput()(np.zeros((1, 64, 32, 3)), np.full((1, 64, 32, 1), 128))
        >>> print(keras.ops.convert_to_numpy(one_hot)[0, 0, 0])
        [0. 1. 0.]
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})

    def call(self, image: Tensor, trimap: Tensor) -> tuple[Tensor, Tensor]:
        image_shape, trimap_shape = known_shape(image), known_shape(trimap)
        if image_shape is not None and trimap_shape is not None:
            check_shapes(image_shape, trimap_shape)
        rgb = (ops.cast(image, "float32") / 255 - ops.array(IMAGENET_MEAN, "float32")) / ops.array(
            IMAGENET_STD, "float32"
        )
        unknown_or_foreground, foreground = trimap >= UNKNOWN_FROM, trimap >= FOREGROUND_FROM
        one_hot = ops.concatenate(
            [
                ops.logical_not(unknown_or_foreground),
                ops.logical_and(unknown_or_foreground, ops.logical_not(foreground)),
                foreground,
            ],
            axis=-1,
        )
        return rgb, ops.cast(one_hot, "float32")

    def compute_output_shape(self, image_shape: Shape, trimap_shape: Shape) -> tuple[Shape, Shape]:
        return image_shape, (*trimap_shape[:-1], 3)
