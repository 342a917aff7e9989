"""Explanation of the alpha of one pixel: the photo's gradient (Figure 6) and the attention of the HOP blocks."""

from typing import Any

import keras
import numpy as np
from keras import ops

from hop_tf.layers.gradients import value_and_gradient
from hop_tf.layers.hop_block import HOPBlock
from hop_tf.models.hop_matting import HOPMatting
from hop_tf.pictures.input_size import input_size


def without_hop(model: HOPMatting) -> HOPMatting:
    """Return a network with the same weights whose HOP blocks are bypassed: each returns its opacity feature unchanged.

    It shows what the blocks contribute to this network. A network trained without blocks would have other weights.

    Args:
        model: `hop_tf.HOPMatting`.

    Returns:
        `hop_tf.HOPMatting`.

    Example:
        >>> bypassed = without_hop(HOPMatting(width=0.25))
        >>> bypassed.local_hops
        0
    """
    bypassed = HOPMatting.from_config({**model.get_config(), "global_hop": False, "local_hops": 0})
    for layer in bypassed.layers:
        if getattr(layer, "weights", None):
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return bypassed


def alpha_gradient(
    model: keras.Model, image: np.ndarray, trimap: np.ndarray, pixel: tuple[int, int]
) -> tuple[float, np.ndarray]:
    """Return how strongly the alpha of one pixel depends on each pixel of the photo (Figure 6).

    Args:
        model: `keras.Model` with the inputs of `hop_tf.HOPMatting`.
        image: uint8 array `[height, width, 3]`, RGB in 0..255, of any size.
        trimap: uint8 array `[height, width]`: background below 85, foreground from 170, unknown between.
        pixel: pair of ints, row and column.

    Returns:
        Tuple of the network's alpha at the pixel, a float in 0..1, and a float32 array `[height, width]`: the absolute
        derivatives of that alpha with respect to red, green and blue in 0..1, summed.

    Raises:
        NotImplementedError: on a backend other than TensorFlow and JAX.

    Example:
        >>> photo, trimap = np.zeros((40, 64, 3), np.uint8), np.full((40, 64), 128, np.uint8)
        >>> alpha, gradient = alpha_gradient(HOPMatting(width=0.25), photo, trimap, (20, 30))
        >>> gradient.shape
        (40, 64)
    """
    row, column = pixel
    inputs = _inputs(image, trimap)

    def alpha_of(photo):
        return model({**inputs, "image": photo}, training=False)[0, row, column, 0]

    alpha, derivatives = map(ops.convert_to_numpy, value_and_gradient(alpha_of, inputs["image"]))
    return float(alpha), 255 * np.abs(derivatives).sum(axis=-1)[0, : trimap.shape[0], : trimap.shape[1]]


def attention_maps(
    model: keras.Model, image: np.ndarray, trimap: np.ndarray, pixel: tuple[int, int]
) -> dict[str, tuple[int, np.ndarray]]:
    """Return the attention of each HOP block at one pixel of the photo.

    Args:
        model, image, trimap, pixel: as in `alpha_gradient`.

    Returns:
        Dict of block name to a pair: the stride of the block's feature map, an int, and a float32 array
        `[height, width]` on that map, the weights of `HOPBlock.attention_of` for the pixel of the map that covers
        `pixel`. Weight `[i, j]` belongs to the `stride` x `stride` pixels of the photo at `(stride * i, stride * j)`.

    Raises:
        NotImplementedError: on a backend other than TensorFlow and JAX.

    Example:
        >>> photo, trimap = np.zeros((64, 64, 3), np.uint8), np.full((64, 64), 128, np.uint8)
        >>> maps = attention_maps(HOPMatting(width=0.25, local_hops=0), photo, trimap, (20, 30))
        >>> {name: (stride, weights.shape) for name, (stride, weights) in maps.items()}
        {'global_hop': (16, (4, 4))}
    """
    blocks = [layer for layer in model.layers if isinstance(layer, HOPBlock)]
    if not blocks:
        return {}
    inputs = _inputs(image, trimap)
    features = keras.Model(model.input, {block.name: block.input for block in blocks})(inputs, training=False)
    maps = {}
    for block in blocks:
        block_inputs = features[block.name]
        stride = inputs["image"].shape[1] // block_inputs[1].shape[1]
        row, column = (n // stride for n in pixel)
        maps[block.name] = stride, ops.convert_to_numpy(block.attention_of((row, column), *block_inputs))[0]
    return maps


def reach(values: np.ndarray, pixel: tuple[int, int]) -> np.ndarray:
    """Return the distances from a pixel within which half and nine tenths of a map's sum lie.

    Args:
        values: array `[height, width]`, not negative.
        pixel: pair of ints, row and column.

    Returns:
        float array `[2]`, in pixels.

    Example:
        >>> print(reach(np.eye(3), (0, 0)).round(1))
        [1.4 2.8]
    """
    rows, columns = np.ogrid[: values.shape[0], : values.shape[1]]
    distances = np.hypot(rows - pixel[0], columns - pixel[1]).ravel()
    order = distances.argsort()
    shares = np.cumsum(values.ravel()[order])
    return distances[order][np.searchsorted(shares, [0.5 * shares[-1], 0.9 * shares[-1]])]


def _inputs(image: np.ndarray, trimap: np.ndarray) -> dict[str, Any]:
    """Return the inputs of the network, mirrored at the bottom and right up to a size that it accepts."""
    padding = [(0, input_size(n) - n) for n in trimap.shape]
    image = np.pad(image, [*padding, (0, 0)], mode="reflect")
    trimap = np.pad(trimap, padding, mode="reflect")
    return {
        "image": ops.convert_to_tensor(image[None].astype("float32")),
        "trimap": ops.convert_to_tensor(trimap[None, :, :, None].astype("float32")),
    }
