import keras
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
            period = max(2 * (n - 1), 1)
            x = ops.take(x, [min(i % period, (period - i) % period) for i in range(-before, n + after)], axis=axis)
    return x


def pad_end(x, height, width):
    """Adds `height` rows of zeros below and `width` columns on the right of `[batch, height, width, channels]`."""
    return ops.pad(x, ((0, 0), (0, height), (0, width), (0, 0)))


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
