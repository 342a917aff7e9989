"""Mirrored borders and patches of feature maps in an ONNX graph."""

import numpy as np

from hop_tf.export.onnx_graph.builder import GraphBuilder, Size
from hop_tf.export.onnx_graph.maps import Map
from hop_tf.layers.padding import mirrored


def pad(b: GraphBuilder, x: str, sizes: dict[int, tuple[Size, int]], before: int, after: int) -> str:
    """Mirror a tensor at its borders, without repeating the border.

    Args:
        b: the graph.
        x: name of a tensor of rank 4.
        sizes: axis -> its size and the least that this can be.
        before, after: number of values to add on each of these axes.
    """
    if not before and not after:
        return x
    if all(least > max(before, after) for _, least in sizes.values()):
        # Pads for all four axes: ONNX Runtime 1.32 moves transposes wrongly past a `Pad` that names its axes.
        pads = [n if axis in sizes else 0 for n in (before, after) for axis in range(4)]
        return b.op("Pad", x, pads, mode="reflect")
    for axis, (n, _) in sizes.items():
        x = mirror(b, x, axis, n, -before, b.size("Add", n, after))
    return x


def mirror(b: GraphBuilder, x: str, axis: int, n: Size, start: int, stop: Size) -> str:
    """Read positions `start..stop-1` of an axis of size `n`; beyond its ends it is mirrored back and forth."""
    return b.op("Gather", x, positions(b, n, start, stop), axis=axis)


def positions(b: GraphBuilder, n: Size, start: int, stop: Size) -> np.ndarray | str:
    """Return the positions that mirroring an axis of size `n` at both ends reads at `start..stop-1`."""
    if isinstance(n, int) and isinstance(stop, int):
        return mirrored(np.arange(start, stop), n)
    return b.shared(("positions", n, start, stop), lambda: _mirrored(b, _range(b, start, stop), n))


def extract_patches(
    b: GraphBuilder,
    x: str,
    grid: Map,
    channels: int,
    size: int,
    stride: int,
    first: Size = 0,
    last: Size | None = None,
) -> str:
    """Write `hop_tf.layers.extract_patches` for some rows of patches.

    Args:
        b: the graph.
        x: name of a tensor `[batch, height, width, channels]`.
        grid: a map with its height and width, which are multiples of `stride`.
        channels: number of its channels.
        size: side of a patch in pixels.
        stride: distance between patches in pixels.
        first, last: the first row of patches and the one after the last; `None` for the end.

    Returns:
        Name of a tensor `[batch, rows, columns, size, size * channels]`.
    """
    if size > stride:
        indices = patch_positions(b, grid.height, size, stride)
        if isinstance(indices, np.ndarray):
            indices = indices[first:last]
        elif (first, last) != (0, None):
            indices = b.slice(indices, {0: (first, last, 1)})
        x = _gather_rows(b, gather_columns(b, x, grid, size, stride), indices)
    elif (first, last) != (0, None):
        stop = None if last is None else b.size("Mul", last, stride)
        x = b.slice(x, {1: (b.size("Mul", first, stride), stop, 1)})
    rows = b.size("Div", grid.height, stride)
    return _as_patches(b, x, b.size("Sub", rows if last is None else last, first), grid, channels, size, stride)


def patches_at(b: GraphBuilder, x: str, grid: Map, channels: int, size: int, stride: int, indices: str) -> str:
    """Write one row of patches.

    Args:
        b: the graph.
        x: name of the tensor that `gather_columns` returned.
        grid, channels, size, stride: as in `extract_patches`.
        indices: name of the indices of the rows of pixels that the patches read, int64 `[1, size]`.

    Returns:
        Name of a tensor `[batch, 1, columns, size, size * channels]`.
    """
    return _as_patches(b, _gather_rows(b, x, indices), 1, grid, channels, size, stride)


def gather_columns(b: GraphBuilder, x: str, grid: Map, size: int, stride: int) -> str:
    """Return a tensor `[batch, height, width, channels]` with the pixels that each patch reads along the width."""
    if size == stride:
        return x
    indices = patch_positions(b, grid.width, size, stride)
    return b.shared(("columns", x, size, stride), lambda: b.op("Gather", x, _flat(b, indices), axis=2))


def patch_positions(b: GraphBuilder, n: Size, size: int, stride: int) -> np.ndarray | str:
    """Return the positions that patches along an axis of size `n` read, int64 `[patches, size]`."""
    halo = (size - stride) // 2
    offsets = np.arange(-halo, stride + halo)
    if isinstance(n, int):
        return mirrored(np.arange(0, n, stride)[:, None] + offsets, n)

    def write():
        starts = b.op("Mul", _range(b, 0, b.size("Div", n, stride)), [stride])
        return _mirrored(b, b.op("Add", b.op("Unsqueeze", starts, [1]), offsets), n)

    return b.shared(("patches", n, size, stride), write)


def join_patches(
    b: GraphBuilder, x: str, grid: Map, channels: int, size: int, first: Size = 0, last: Size | None = None
) -> str:
    """Join patches that do not overlap, for the rows of patches that `extract_patches` returned.

    Args:
        b: the graph.
        x: name of a tensor with the values of `[batch, rows, columns, size, size, channels]`, of any shape.
        grid: a map with the height and width of the whole.
        channels, size, first, last: as in `extract_patches`.

    Returns:
        Name of a tensor `[batch, rows * size, width, channels]`.
    """
    rows, columns = (b.size("Div", n, size) for n in (grid.height, grid.width))
    rows = b.size("Sub", rows if last is None else last, first)
    x = b.transpose(b.reshape(x, -1, rows, columns, size, size * channels), 0, 1, 3, 2, 4)
    return b.reshape(x, -1, b.size("Mul", rows, size), grid.width, channels)


def _gather_rows(b, x, indices):
    return b.op("Gather", x, _flat(b, indices), axis=1)


def _flat(b, indices):
    return indices.reshape(-1) if isinstance(indices, np.ndarray) else b.reshape(indices, -1)


def _as_patches(b, x, rows, grid, channels, size, stride):
    columns = b.size("Div", grid.width, stride)
    return b.transpose(b.reshape(x, -1, rows, size, columns, size * channels), 0, 1, 3, 2, 4)


def _range(b, start, stop):
    return b.op(
        "Range", *(np.int64(i) if isinstance(i, int) else b.op("Squeeze", i) for i in (start, stop)), np.int64(1)
    )


def _mirrored(b, numbers, n):
    last = b.size("Sub", n, 1)
    period = b.size("Max", b.size("Mul", last, 2), 1)
    return b.op("Sub", last, b.op("Abs", b.op("Sub", last, b.op("Mod", b.op("Abs", numbers), period))))
