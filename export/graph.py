"""The deployment graph: a photo of any size in, its finished alpha out."""

from collections.abc import Mapping

import keras
from keras import ops

from hop_tf.layers.padding import mirrored
from hop_tf.layers.types import Shape, Tensor
from hop_tf.pictures.input_size import input_size
from hop_tf.pictures.trimap import FOREGROUND_FROM, UNKNOWN_FROM


def deployment_graph(
    model: keras.Model, size: tuple[int, int] | None = None, batch: int = 1, input_dtype: str = "float32"
) -> keras.Model:
    """Return the network as it is deployed.

    The graph pads the photo to a size that the network takes, crops the alpha back and sets known pixels.

    Args:
        model: a `hop_tf.HOPMatting`, fused by `hop_tf.fuse` or not.
        size: any (height, width) in pixels; `None` for a graph of any height and width.
        batch: number of photos at a time; ignored by a graph of any height and width, which takes any number.
        input_dtype: `"float32"` or `"uint8"`, the type of both inputs.

    Returns:
        `keras.Model` from `image`, `[batch, height, width, 3]`, RGB in 0..255, and `trimap`,
        `[batch, height, width, 1]` in 0..255, to `alpha`, float32 `[batch, height, width, 1]` in 0..1, exactly 0 and
        1 where the trimap is known.
    """
    shape = (batch, *size) if size else (None, None, None)
    inputs: Mapping[str, keras.KerasTensor] = {
        name: keras.Input(batch_shape=(*shape, channels), dtype=input_dtype, name=name)
        for name, channels in (("image", 3), ("trimap", 1))
    }
    padded = {name: PadToInputSize(name=f"padded_{name}")(x) for name, x in inputs.items()}
    alpha = FinishAlpha(name="alpha")(model(padded), inputs["trimap"])
    return keras.Model(inputs, {"alpha": alpha}, name=model.name)


class PadToInputSize(keras.layers.Layer):
    """Mirror a picture at its bottom and right edge up to a size that the network takes.

    Call arguments:
        x: `[batch, height, width, channels]`, of any size and numeric dtype.

    Returns:
        float32, with height and width multiples of 32 and at least 64.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", "autocast": False, **kwargs})

    def call(self, x: Tensor) -> Tensor:
        x = ops.cast(x, "float32")
        for axis in (1, 2):
            n = ops.shape(x)[axis]
            positions = ops.arange(input_size(n, max if isinstance(n, int) else ops.maximum), dtype="int32")
            x = ops.take(x, mirrored(positions, n), axis=axis)
        return x

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *(n and input_size(n) for n in shape[1:3]), shape[3])


class FinishAlpha(keras.layers.Layer):
    """Crop the network's alpha to the photo and set it to 0 and 1 where the trimap is known.

    Call arguments:
        alpha: `[batch, padded_height, padded_width, 1]` in 0..1.
        trimap: `[batch, height, width, 1]` in 0..255.

    Returns:
        float32 `[batch, height, width, 1]`.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", "autocast": False, **kwargs})

    def call(self, alpha: Tensor, trimap: Tensor) -> Tensor:
        trimap = ops.cast(trimap, "float32")
        alpha = ops.clip(ops.slice(alpha, (0, 0, 0, 0), ops.shape(trimap)), 0, 1)  # tanh exceeds 1 in some runtimes
        known = ops.cast(trimap >= FOREGROUND_FROM, "float32")
        unknown = ops.logical_and(trimap >= UNKNOWN_FROM, trimap < FOREGROUND_FROM)
        return ops.where(unknown, alpha, known)

    def compute_output_shape(self, alpha_shape: Shape, trimap_shape: Shape) -> Shape:
        return trimap_shape
