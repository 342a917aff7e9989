"""Feature maps as grids of square cells, and maps that overlap by a row."""

from collections.abc import Mapping, Sequence

from keras import ops

from hop_tf.layers.types import Tensor


def space_to_depth(x: Tensor, size: int) -> Tensor:
    """Cut a feature map into cells of `size` x `size` pixels, a list of cells in row-major order.

    Args:
        x: `[batch, height, width, channels]`, height and width multiples of `size`.
        size: int, side of a cell in pixels.

    Returns:
        `[batch, cells, size**2 * channels]`.
    """
    batch, height, width, channels = ops.shape(x)
    height, width = height // size, width // size
    x = ops.reshape(x, (batch, height, size, width, size, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, height * width, size * size * channels))


def depth_to_space(x: Tensor, size: int) -> Tensor:
    """Join a grid of cells into one feature map.

    Args:
        x: `[batch, rows, columns, size**2 * channels]`; the pixels of a cell are in row-major order.
        size: int, side of a cell in pixels.

    Returns:
        `[batch, rows * size, columns * size, channels]`.
    """
    batch, rows, columns, channels = ops.shape(x)
    channels //= size * size
    x = ops.reshape(x, (batch, rows, columns, size, size * channels))
    return ops.reshape(ops.swapaxes(x, 2, 3), (batch, rows * size, columns * size, channels))


def overlap_add(parts: Sequence[Tensor]) -> Tensor:
    """Stack feature maps vertically, each overlapping the next by one row, and add the rows that coincide.

    Args:
        parts: maps of shape `[batch, rows, width, channels]`; all but the outer ones have at least two rows.

    Returns:
        `[batch, sum of rows - len(parts) + 1, width, channels]`.
    """
    joined = list(parts[:1])
    for part in parts[1:]:
        before = joined.pop()
        joined += [before[:, :-1], before[:, -1:] + part[:, :1], part[:, 1:]]
    return ops.concatenate(joined, axis=1) if len(joined) > 1 else joined[0]


def pad_zero(x: Tensor, padding: Mapping[int, tuple[int, int]]) -> Tensor:
    """Pad with zeros; `padding` maps an axis to the number of zeros before and after."""
    return ops.pad(x, [padding.get(axis, (0, 0)) for axis in range(len(x.shape))])
