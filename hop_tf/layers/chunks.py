"""Work that is done a part at a time, because its intermediate results would take too much memory at once."""

import math

from keras import ops


def split(count, bytes_each, limit_mb):
    """Slices of nearly equal length that cover `count` items.

    Args:
        count: int, or None if it is not known when the graph is built: then nothing is split.
        bytes_each: int, what the intermediate results of one item take.
        limit_mb: number of megabytes that a part may take, or None for no limit. One item may always.

    Returns:
        List of slices, at least one.
    """
    if count is None or limit_mb is None:
        return [slice(0, count)]
    parts = math.ceil(count / max(1, int(limit_mb * 1e6 / bytes_each)))
    return [slice(count * i // parts, count * (i + 1) // parts) for i in range(parts)]


def wait_for(previous, x):
    """`x`, once the tensor `previous` has been computed.

    TensorFlow computes independent parts at the same time, so whatever is large in a part has to depend on something
    that waited for the part before. Only a value can say so on every backend: the comparison below is True for NaN
    alone, which no compiler may rule out.

    Args:
        previous: tensor of any shape, not empty.
        x: tensor of numbers.
    """
    first = ops.reshape(previous[tuple(slice(0, 1) for _ in previous.shape)], ())
    return ops.where(first != first, ops.zeros_like(x), x)
