"""Patches of a feature map: the 3 x 3 neighbourhoods of global HOP and the overlapping tiles of local HOP."""

import numpy as np
from keras import ops

from hop_tf.layers.chunks import wait_for
from hop_tf.layers.padding import mirrored
from hop_tf.layers.types import Tensor


def extract_patches(
    x: Tensor, size: int, stride: int, patch_rows: slice | None = None, after: Tensor | None = None
) -> Tensor:
    """Extract the square patches of a feature map whose borders are mirrored.

    Patch `(i, j)` is centred on the `stride` x `stride` pixels that start at pixel `(stride * i, stride * j)`; it
    extends `halo = (size - stride) / 2` pixels beyond them on each side. The result equals

        x = reflect_pad(x, (halo, halo + -height % stride), (halo, halo + -width % stride))
        keras.ops.image.extract_patches(x, size, stride)

    and `tf.image.extract_patches` of the same padded map, value for value. Here it is one gather: Keras convolves with
    an identity kernel of `(size**2 * channels)**2` weights, and TensorFlow's own operation can be exported to ONNX only
    at a fixed size and to TFLite only with Flex operations.

    Args:
        x: `[batch, height, width, channels]`, of any size and dtype.
        size: int, side of a patch in pixels.
        stride: int, distance between patches in pixels; `size - stride` is even and not negative.
        patch_rows: slice of the rows of patches to extract; `None` extracts all.
        after: tensor to compute before anything is gathered, or `None`; see `hop_tf.layers.chunks.wait_for`.

    Returns:
        `[batch, ceil(height / stride), ceil(width / stride), size**2 * channels]`, or the rows that `patch_rows`
        selects. The pixels of a patch are in row-major order, each with all its channels. Where patches do not overlap,
        `hop_tf.layers.cells.depth_to_space` is the inverse.

    Raises:
        ValueError: if no whole number of pixels surrounds the `stride` x `stride` centre of a patch.

    Example:
        >>> x = np.arange(12.0).reshape((1, 3, 4, 1))
        >>> patches = extract_patches(x, size=3, stride=1)
        >>> print(keras.ops.convert_to_numpy(patches)[0, 0, 0])
        [5. 4. 5. 1. 0. 1. 5. 4. 5.]
    """
    if not 0 < stride <= size or (size - stride) % 2:
        raise ValueError(
            f"`size` must exceed `stride` by an even number of pixels. Received: size={size}, stride={stride}"
        )
    batch, height, width, channels = ops.shape(x)
    rows, columns = (_patch_positions(n, size, stride) for n in (height, width))
    rows = rows if patch_rows is None else rows[patch_rows]
    pixels = ops.expand_dims(rows * width, (1, 3)) + ops.expand_dims(columns, (0, 2))
    pixels = ops.reshape(pixels, (-1,))
    if after is not None:
        pixels = wait_for(after, pixels)
    x = ops.take(ops.reshape(x, (batch, height * width, channels)), pixels, axis=1)
    return ops.reshape(x, (batch, ops.shape(rows)[0], -1, size * size * channels))


def _patch_positions(n, size, stride):
    """Positions in `0..n-1` that the patches along an axis of length `n` read: `[patches, size]`."""
    halo = (size - stride) // 2
    numbers = np if isinstance(n, int) else ops
    first = stride * numbers.arange((n + stride - 1) // stride, dtype="int32")
    return mirrored(first[:, None] + numbers.arange(-halo, stride + halo, dtype="int32"), n)
