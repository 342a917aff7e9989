"""Square tiles of a feature map, each with a halo of neighbours, made by slices and reshapes alone.

A pixel's k x k window lies within its tile and the halo around it, so that attention over windows becomes two matrix
products per tile instead of k * k shifted copies of the whole map.
"""

from keras import ops


def split_into_tiles(x, tile, halo=0):
    """Cuts a feature map into tiles that overlap by their halos.

    Args:
        x: `[batch, rows * tile + 2 * halo, columns * tile + 2 * halo, channels]`.
        tile: int, side of a tile in pixels.
        halo: int, neighbours on each side that a tile also holds.

    Returns:
        `[batch, rows, columns, (tile + 2 * halo)**2, channels]`.
    """
    x = _overlap(x, 1, tile, halo)
    x = _overlap(x, 3, tile, halo)
    side = tile + 2 * halo
    batch, rows, _, columns, _, channels = ops.shape(x)
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, rows, columns, side * side, channels))


def join_tiles(tiles, tile):
    """Puts `[batch, rows, columns, tile**2, channels]` back to `[batch, rows * tile, columns * tile, channels]`."""
    batch, rows, columns, _, channels = ops.shape(tiles)
    x = ops.reshape(tiles, (batch, rows, columns, tile, tile, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, rows * tile, columns * tile, channels))


def _overlap(x, axis, tile, halo):
    """Replaces `axis`, of length `n * tile + 2 * halo`, by two of lengths `n` and `tile + 2 * halo`."""
    shape = list(ops.shape(x))
    reach = -(-2 * halo // tile)  # tiles after its own that a tile's halo reaches into
    n = (shape[axis] - 2 * halo) // tile
    if missing := reach * tile - 2 * halo:
        x = ops.pad(x, [(0, missing if i == axis else 0) for i in range(len(shape))])
    x = ops.reshape(x, shape[:axis] + [n + reach, tile] + shape[axis + 1 :])
    x = ops.concatenate([_slice(x, axis, i, n) for i in range(reach + 1)], axis=axis + 1)
    return _slice(x, axis + 1, 0, tile + 2 * halo)


def _slice(x, axis, start, length):
    """`x[..., start : start + length, ...]`, by `ops.slice`, whose gradient TensorFlow computes much faster."""
    shape = list(ops.shape(x))
    if isinstance(shape[axis], int) and isinstance(length, int) and shape[axis] == length:
        return x
    shape[axis] = length
    return ops.slice(x, [start if i == axis else 0 for i in range(len(shape))], shape)
