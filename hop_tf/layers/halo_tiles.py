"""Square tiles of a feature map, each with a halo of neighbours, gathered in one step.

A pixel's k x k window lies within its tile and the halo around it, so that attention over windows becomes two matrix
products per tile instead of k * k shifted copies of the whole map.
"""

import numpy as np
from keras import ops

from hop_tf.layers.chunks import wait_for
from hop_tf.layers.padding import mirrored


def split_into_tiles(x, tile, halo=0, tile_rows=None, after=None):
    """Cuts a feature map into tiles that overlap by their halos. Beyond its borders the map is mirrored.

    Args:
        x: `[batch, height, width, channels]`, of any size; the last tiles may reach beyond it.
        tile: int, side of a tile in pixels.
        halo: int, neighbours on each side that a tile also holds.
        tile_rows: slice of the rows of tiles that are wanted; None for all.
        after: tensor that is computed before anything is gathered, or None.

    Returns:
        `[batch * tiles, (tile + 2 * halo)**2, channels]`, tiles and their pixels in row-major order.
    """
    batch, height, width, channels = ops.shape(x)
    side = tile + 2 * halo
    rows, columns = (_tiled_positions(n, tile, halo) for n in (height, width))
    rows = rows if tile_rows is None else rows[tile_rows]
    pixels = ops.expand_dims(rows * width, (1, 3)) + ops.expand_dims(columns, (0, 2))
    pixels = ops.reshape(pixels, (-1,))
    if after is not None:
        pixels = wait_for(after, pixels)
    x = ops.take(ops.reshape(x, (batch, height * width, channels)), pixels, axis=1)
    return ops.reshape(x, (-1, side * side, channels))


def join_tiles(tiles, tile, batch, height, width):
    """Puts tiles without halo back together.

    Args:
        tiles: `[batch * tiles, tile**2, channels]`.
        tile: int, side of a tile in pixels.
        batch, height, width: ints, of the map that was split.

    Returns:
        `[batch, height, width, channels]`.
    """
    rows, columns = ((n + tile - 1) // tile for n in (height, width))
    channels = tiles.shape[-1]
    x = ops.reshape(tiles, (batch, rows, columns, tile, tile * channels))
    x = ops.reshape(ops.swapaxes(x, 2, 3), (batch, rows * tile, columns * tile, channels))
    return ops.slice(x, (0, 0, 0, 0), (batch, height, width, channels))


def _tiled_positions(n, tile, halo):
    """Positions in `0..n-1` of what each tile along an axis of length `n` holds, `[tiles, tile + 2 * halo]`."""
    numbers = np if isinstance(n, int) else ops
    first = tile * numbers.arange((n + tile - 1) // tile, dtype="int32")
    return mirrored(first[:, None] + numbers.arange(-halo, tile + halo, dtype="int32"), n)
