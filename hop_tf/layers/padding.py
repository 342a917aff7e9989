import keras
import numpy as np
from keras import ops


def reflect_pad(x, height, width):
    """Mirrors the borders of a feature map without repeating the edge pixel.

    Args:
        x: `[batch, height, width, channels]`.
        height: pair of ints, rows added above and below.
        width: pair of ints, columns added on the left and on the right.

    A map that is not larger than the padding, as the coarse levels of a very small photo are, is mirrored back and
    forth. That needs sizes known when the graph is built; a size unknown then must be larger than its padding.
    """
    for axis, (before, after) in ((1, height), (2, width)):
        n = x.shape[axis]
        if n is None or n > max(before, after):
            x = ops.pad(x, [(before, after) if a == axis else (0, 0) for a in range(4)], mode="reflect")
        else:
            x = ops.take(x, mirrored(np.arange(-before, n + after), n), axis=axis)
    return x


def mirrored(positions, n):
    """The positions in `0..n-1` at which an axis of length `n`, mirrored back and forth at its ends, is read.

    Args:
        positions: ints, array or tensor of any shape.
        n: int or integer scalar tensor, at least 1.
    """
    period = max(2 * (n - 1), 1) if isinstance(n, int) else ops.maximum(2 * (n - 1), 1)
    return (n - 1) - abs((n - 1) - abs(positions) % period)  # the converter to ONNX takes `%` for the remainder of C


@keras.saving.register_keras_serializable(package="hop_tf")
class ReflectPadding2D(keras.layers.Layer):
    """As `keras.layers.ZeroPadding2D`, but mirrors the borders without repeating the edge pixel.

    Args:
        padding: `((top, bottom), (left, right))`, ints.

    Input and output: `[batch, height, width, channels]`.

    Example:
        >>> ReflectPadding2D(((1, 1), (0, 2)))(np.ones((1, 24, 32, 3))).shape
        (1, 26, 34, 3)
    """

    def __init__(self, padding=((1, 1), (1, 1)), **kwargs):
        super().__init__(**kwargs)
        self.padding = tuple(tuple(pair) for pair in padding)

    def call(self, inputs):
        return reflect_pad(inputs, *self.padding)

    def compute_output_shape(self, input_shape):
        batch, *size, channels = input_shape
        return (batch, *(n and n + sum(pad) for n, pad in zip(size, self.padding, strict=True)), channels)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}
