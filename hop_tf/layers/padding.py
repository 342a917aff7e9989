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
    if all(n is None or n > max(pad) for n, pad in zip(x.shape[1:3], (height, width), strict=True)):
        return ops.pad(x, ((0, 0), height, width, (0, 0)), mode="reflect")
    for axis, (before, after) in ((1, height), (2, width)):
        n = x.shape[axis]
        period = max(2 * (n - 1), 1)
        source = [min(i % period, (period - i) % period) for i in range(-before, n + after)]
        x = ops.take(x, source, axis=axis)
    return x


def pad_end(x, height, width):
    """Adds `height` rows of zeros below and `width` columns on the right of `[batch, height, width, channels]`."""
    return ops.pad(x, ((0, 0), (0, height), (0, width), (0, 0)))


@keras.saving.register_keras_serializable(package="hop_tf")
class ReflectPadding2D(keras.layers.Layer):
    """`reflect_pad` by one pixel on all four sides of `[batch, height, width, channels]`."""

    def call(self, inputs):
        return reflect_pad(inputs, (1, 1), (1, 1))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height and height + 2, width and width + 2, channels)
