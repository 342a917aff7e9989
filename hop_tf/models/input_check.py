"""Errors about a network's inputs that name the cause, also where Keras knows no shapes while it builds a graph."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from hop_tf.layers.preprocessing import PAIR_ERROR, SIZE_ERROR, check_shapes, known_shape
from hop_tf.layers.types import Shape
from hop_tf.pictures.input_size import SIZE_MULTIPLE

NAMES = ("image", "trimap")


def check_inputs(inputs: Any) -> None:
    """Check a network's inputs as far as they are known: all of an array, and what is static of a tensor.

    Args:
        inputs: as the network takes them: a dictionary, or a pair, which Keras takes too.

    Raises:
        ValueError: if they are not exactly an image and a trimap; if they do not fit the network or each other, as in
            `hop_tf.layers.preprocessing.check_shapes`; or if an array of trimaps has levels in 0..1.
    """
    image_shape, trimap_shape = _shapes(inputs)
    if image_shape is not None and trimap_shape is not None:
        check_shapes(image_shape, trimap_shape)
    _, trimap = _pair(inputs)
    largest = trimap.max() if isinstance(trimap, np.ndarray) else 0
    if 0 < largest <= 1:  # all of it would be background
        raise ValueError(
            "`trimap` must have levels in 0..255: background below 85, foreground from 170, unknown between. "
            f"Received: trimap.max()={largest}"
        )


def check_inputs_in_graph(inputs: Any) -> None:
    """Check unknown sizes of a network's inputs when a graph of TensorFlow runs.

    Args:
        inputs: as in `check_inputs`.
    """
    if keras.backend.backend() != "tensorflow" or not _has_unknown_size(_shapes(inputs)):
        return
    import tensorflow as tf

    image, trimap = (tf.shape(x)[:3] for x in _pair(inputs))
    tf.debugging.Assert(tf.reduce_all(image == trimap), [PAIR_ERROR, "Received: batch, height, width", image, trimap])
    tf.debugging.Assert(tf.reduce_all(image[1:] % SIZE_MULTIPLE == 0), [SIZE_ERROR, "Received:", image])


@contextlib.contextmanager
def one_error(x: Any) -> Iterator[None]:
    """Check the inputs before a graph runs, and turn TensorFlow's error about their sizes into a `ValueError`.

    Args:
        x: the argument of `keras.Model.predict`. Batches of data sets and generators are checked as the graph runs.

    Raises:
        ValueError: as in `check_inputs`.
    """
    if x is None or isinstance(x, (Mapping, list, tuple)) or hasattr(x, "shape"):
        check_inputs(x)
    try:
        yield
    except Exception as error:
        for message in (PAIR_ERROR, SIZE_ERROR):
            if type(error).__name__ == "InvalidArgumentError" and message in str(error):
                raise ValueError(f"{message} Received: a batch of another size") from error
        raise


def _pair(inputs):
    if isinstance(inputs, Mapping):
        if set(inputs) == set(NAMES):
            return tuple(inputs[name] for name in NAMES)
        received = f"a dictionary of {', '.join(map(str, inputs)) or 'nothing'}"
    elif isinstance(inputs, (list, tuple)):
        if len(inputs) == len(NAMES):
            return tuple(inputs)
        received = f"{len(inputs)} inputs"
    else:
        received = f"one input of type {type(inputs).__name__}"
    raise ValueError(f"The inputs must be a dictionary of `image` and `trimap`. Received: {received}")


def _shapes(inputs: Any) -> tuple[Shape | None, Shape | None]:
    pair = _pair(inputs)  # no `:=` in this module: TensorFlow, which compiles it into graphs, does not know it
    for name, x in zip(NAMES, pair, strict=True):
        if not hasattr(x, "shape"):
            raise ValueError(f"`{name}` must be an array or a tensor. Received: type {type(x).__name__}")
    image, trimap = map(known_shape, pair)
    return image, trimap


def _has_unknown_size(shapes):
    return any(shape is None or None in shape[:3] for shape in shapes)
