"""Errors about a photo's size that name the cause, also where Keras knows no sizes while it builds a graph."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from hop_tf.layers.preprocessing import SIZE_ERROR, check_size
from hop_tf.pictures.input_size import SIZE_MULTIPLE


def check_size_in_graph(inputs: Any) -> None:
    """Check height and width of a network's inputs; unknown ones when a graph of TensorFlow runs.

    Args:
        inputs: as the network takes them.

    Raises:
        ValueError: if a known height or width is not a multiple of 32.
    """
    shape = _shape(inputs)
    if shape is None or keras.backend.backend() != "tensorflow" or None not in shape[1:3]:
        return  # `MattingInput` checks known sizes
    import tensorflow as tf

    size = tf.shape(inputs["image"])[1:3]
    tf.debugging.Assert(tf.reduce_all(size % SIZE_MULTIPLE == 0), [SIZE_ERROR, "Received: height and width", size])


@contextlib.contextmanager
def one_size_error(x: Any) -> Iterator[None]:
    """Raise the `ValueError` about height and width before a graph runs if possible, and instead of TensorFlow's error.

    Args:
        x: the argument of `keras.Model.predict`. Only arrays can be checked beforehand.
    """
    shape = _shape(x)
    if shape is not None:
        check_size(shape)
    try:
        yield
    except Exception as error:
        if type(error).__name__ == "InvalidArgumentError" and SIZE_ERROR in str(error):
            raise ValueError(f"{SIZE_ERROR} Received: a batch of another size") from error
        raise


def _shape(inputs: Any) -> tuple[int | None, ...] | None:
    shape = getattr(inputs.get("image"), "shape", None) if isinstance(inputs, Mapping) else None
    return tuple(shape) if shape is not None and len(shape) == 4 else None
