import keras
from keras import ops

from hop_tf.layers.padding import mirrored
from hop_tf.pictures.input_size import input_size
from hop_tf.pictures.trimap import FOREGROUND_FROM, UNKNOWN_FROM


def deployment_graph(model, size=None, batch=1, input_dtype="float32"):
    """The network as it is deployed: a photo as it is goes in, its finished alpha comes out.

    Padding the photo to a size that the network takes, cropping back and setting known pixels are part of the graph.

    Args:
        model: `hop_tf.HOPMatting`, or what `hop_tf.fuse` makes of it.
        size: (height, width) in pixels, any; or None for a graph of any height and width.
        batch: int, how many photos at a time; with `size=None` any number.
        input_dtype: `"float32"` or `"uint8"`, of both inputs.

    Returns:
        `keras.Model` from `image`, `[batch, height, width, 3]`, RGB in 0..255, and `trimap`,
        `[batch, height, width, 1]` in 0..255, to `alpha`, float32 `[batch, height, width, 1]` in 0..1, exactly 0 and
        1 where the trimap is known.
    """
    shape = (batch, *size) if size else (None, None, None)
    inputs = {
        name: keras.Input(batch_shape=(*shape, channels), dtype=input_dtype, name=name)
        for name, channels in (("image", 3), ("trimap", 1))
    }
    padded = {name: PadToInputSize(name=f"padded_{name}")(x) for name, x in inputs.items()}
    alpha = FinishAlpha(name="alpha")(model(padded), inputs["trimap"])
    return keras.Model(inputs, {"alpha": alpha}, name=model.name)


class PadToInputSize(keras.layers.Layer):
    """Mirrors a picture at its bottom and right edge up to a size that the network takes.

    Call arguments:
        x: `[batch, height, width, channels]`, of any size and numeric dtype.

    Returns:
        float32, height and width multiples of 32 and at least 64.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", "autocast": False, **kwargs})

    def call(self, x):
        x = ops.cast(x, "float32")
        for axis in (1, 2):
            n = ops.shape(x)[axis]
            positions = ops.arange(input_size(n, max if isinstance(n, int) else ops.maximum), dtype="int32")
            x = ops.take(x, mirrored(positions, n), axis=axis)
        return x

    def compute_output_shape(self, shape):
        return (shape[0], *(n and input_size(n) for n in shape[1:3]), shape[3])


class FinishAlpha(keras.layers.Layer):
    """Crops the network's alpha to the photo and sets it to 0 and 1 where the trimap is known.

    Call arguments:
        alpha: `[batch, padded_height, padded_width, 1]` in 0..1.
        trimap: `[batch, height, width, 1]` in 0..255.

    Returns:
        float32 `[batch, height, width, 1]`.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", "autocast": False, **kwargs})

    def call(self, alpha, trimap):
        trimap = ops.cast(trimap, "float32")
        alpha = ops.clip(ops.slice(alpha, (0, 0, 0, 0), ops.shape(trimap)), 0, 1)  # some runtimes' tanh exceeds 1
        known = ops.cast(trimap >= FOREGROUND_FROM, "float32")
        unknown = ops.logical_and(trimap >= UNKNOWN_FROM, trimap < FOREGROUND_FROM)
        return ops.where(unknown, alpha, known)

    def compute_output_shape(self, alpha_shape, trimap_shape):
        return trimap_shape
