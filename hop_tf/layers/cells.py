"""Feature maps as cells of several pixels, and the patches and rows of them that overlap."""

from keras import ops

from hop_tf.layers.halo_tiles import split_into_tiles


def patches(x):
    """The 3 x 3 patch around each pixel, borders mirrored: `[batch, height, width, 9 * channels]`."""
    batch, height, width, channels = ops.shape(x)
    return ops.reshape(split_into_tiles(x, tile=1, halo=1), (batch, height, width, 9 * channels))


def space_to_depth(x, size):
    """Cells of `size` x `size` pixels in row-major order: `[batch, cells, size**2 * channels]`."""
    batch, height, width, channels = ops.shape(x)
    height, width = height // size, width // size
    x = ops.reshape(x, (batch, height, size, width, size, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, height * width, size * size * channels))


def depth_to_space(x, size):
    """`[batch, rows, columns, size**2 * channels]` to `[batch, rows * size, columns * size, channels]`."""
    batch, rows, columns, channels = ops.shape(x)
    channels //= size * size
    x = ops.reshape(x, (batch, rows, columns, size, size, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, rows * size, columns * size, channels))


def overlap_add(parts):
    """Joins maps along their rows, where the last row of each and the first of the next are one, and are added."""
    joined = parts[:1]
    for part in parts[1:]:
        before = joined.pop()
        joined += [before[:, :-1], before[:, -1:] + part[:, :1], part[:, 1:]]
    return ops.concatenate(joined, axis=1) if len(joined) > 1 else joined[0]


def pad_zero(x, padding):
    """Zeros around some axes: `padding` is a dict of axis to the pair of how many before and after."""
    return ops.pad(x, [padding.get(axis, (0, 0)) for axis in range(len(x.shape))])
