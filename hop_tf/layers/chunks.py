"""Splitting work to limit the memory of its intermediate results."""

import math

from keras import ops

from hop_tf.layers.types import Tensor


def split(count: int | None, bytes_each: float, limit_mb: float | None) -> list[slice]:
    """Return slices of nearly equal length that cover `count` items.

    Args:
        count: int, number of items; `None` if it is unknown when the graph is built, which gives one slice.
        bytes_each: memory of the intermediate results of one item, in bytes.
        limit_mb: memory limit of a slice in megabytes, or `None` for no limit. A slice holds at least one item.

    Returns:
        List of at least one slice.
    """
    if count is None or limit_mb is None:
        return [slice(0, count)]
    parts = math.ceil(count / max(1, int(limit_mb * 1e6 / bytes_each)))
    return [slice(count * i // parts, count * (i + 1) // parts) for i in range(parts)]


def wait_for(previous: Tensor, x: Tensor) -> Tensor:
    """Return `x`, but only after `previous` has been computed.

    TensorFlow runs independent slices of the work at the same time, so the large tensors of a slice must depend on the
    slice before it. A data dependency is the only way to say this on every backend: the comparison below is true only
    for NaN, which no compiler may rule out.

    Args:
        previous: tensor of any shape, not empty.
        x: numeric tensor.

    Returns:
        Tensor with the shape, dtype and values of `x`.
    """
    first = ops.reshape(previous[tuple(slice(0, 1) for _ in previous.shape)], ())
    return ops.where(first != first, ops.zeros_like(x), x)
