"""Padding that mirrors the borders."""

from typing import Any

import keras
import numpy as np
from keras import ops

from hop_tf.layers.types import Shape, Tensor


def reflect_pad(x: Tensor, height: tuple[int, int], width: tuple[int, int]) -> Tensor:
    """Pad a feature map by mirroring its borders without repeating the edge pixel.

    A map no larger than its padding, such as the coarse levels of a very small photo, is mirrored back and forth. This
    needs a size that is known when the graph is built; an unknown size must exceed its padding, which is not checked.

    Args:
        x: `[batch, height, width, channels]`.
        height: pair of ints, rows to add at the top and at the bottom.
        width: pair of ints, columns to add on the left and on the right.

    Returns:
        `[batch, height + sum of the pair, width + sum of the pair, channels]`, the dtype of `x`.
    """
    for axis, (before, after) in ((1, height), (2, width)):
        n = x.shape[axis]
        if n is None or n > max(before, after):
            # Joined, which is faster than `ops.pad(mode="reflect")` in TensorFlow and LiteRT.
            first, last = (_part(x, axis, *ends) for ends in ((1, before + 1), (-1 - after, -1)))
            parts = (ops.flip(first, axis), before), (x, 1), (ops.flip(last, axis), after)
            x = ops.concatenate([part for part, size in parts if size], axis)
        else:
            x = ops.take(x, mirrored(np.arange(-before, n + after), n), axis=axis)
    return x


def _part(x, axis, start, stop):
    """Return the rows (axis 1) or columns (axis 2) from `start` to before `stop`; negative ones count from the end."""
    return x[:, start:stop] if axis == 1 else x[:, :, start:stop]


def mirrored(positions: Tensor, n: int | Tensor) -> Tensor:
    """Map positions beyond an axis of length `n` to those in `0..n-1` that mirroring at both ends reads there.

    Args:
        positions: int array or tensor of any shape.
        n: int or scalar int tensor, at least 1.

    Returns:
        int array or tensor with the shape of `positions`.
    """
    period = max(2 * (n - 1), 1) if isinstance(n, int) else ops.maximum(2 * (n - 1), 1)
    return (n - 1) - abs((n - 1) - abs(positions) % period)  # the ONNX converter gives `%` the sign rule of C


@keras.saving.register_keras_serializable(package="hop_tf")
class ReflectPadding2D(keras.layers.Layer):
    """`keras.layers.ZeroPadding2D` with mirrored borders instead of zeros; the edge pixel is not repeated.

    Args:
        padding: `((top, bottom), (left, right))`, ints, pixels to add.

    Call arguments:
        inputs: `[batch, height, width, channels]`.

    Returns:
        `[batch, top + height + bottom, left + width + right, channels]`.

    Example:
        >>> y = ReflectPadding2D(((1, 1), (0, 2)))(np.ones((1, 24, 32, 3)))
        >>> print(y.shape)
        (1, 26, 34, 3)
    """

    def __init__(self, padding: tuple[tuple[int, int], tuple[int, int]] = ((1, 1), (1, 1)), **kwargs: Any):
        super().__init__(**kwargs)
        (top, bottom), (left, right) = padding
        self.padding = (top, bottom), (left, right)

    def call(self, inputs: Tensor) -> Tensor:
        return reflect_pad(inputs, *self.padding)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, *size, channels = input_shape
        return (batch, *(n and n + sum(pad) for n, pad in zip(size, self.padding, strict=True)), channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding}
