"""Why a pixel has its alpha: what of the photo it depends on, and where the HOP blocks look from it (Figure 6)."""

import keras
import numpy as np
from keras import ops

from hop_tf.layers.gradients import value_and_gradient
from hop_tf.layers.hop_block import HOPBlock
from hop_tf.models.hop_matting import HOPMatting
from hop_tf.pictures.input_size import input_size


def without_hop(model):
    """A network of the same weights whose HOP blocks are bypassed: each hands its opacity feature on as it is.

    It shows what the blocks add to this network. It is not the network that training without blocks would have given.

    Args:
        model: `hop_tf.HOPMatting`.

    Returns:
        `hop_tf.HOPMatting`.
    """
    bypassed = HOPMatting.from_config({**model.get_config(), "global_hop": False, "local_hops": 0})
    for layer in bypassed.layers:
        if getattr(layer, "weights", None):
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return bypassed


def alpha_gradient(model, image, trimap, pixel):
    """How the alpha of one pixel changes with the photo.

    Args:
        model: `keras.Model` with the inputs of `hop_tf.HOPMatting`.
        image: uint8 array `[height, width, 3]`, RGB, of any size.
        trimap: uint8 array `[height, width]`.
        pixel: pair of ints, row and column.

    Returns:
        Tuple of the network's alpha there, a float, and float32 array `[height, width]`: of each pixel of the photo
        the absolute derivatives of that alpha by its colours in 0..1, added up.

    Raises:
        NotImplementedError: on a backend other than TensorFlow and JAX.
    """
    row, column = pixel
    inputs = _inputs(image, trimap)

    def alpha_of(photo):
        return model({**inputs, "image": photo}, training=False)[0, row, column, 0]

    alpha, derivatives = map(ops.convert_to_numpy, value_and_gradient(alpha_of, inputs["image"]))
    return float(alpha), 255 * np.abs(derivatives).sum(axis=-1)[0, : trimap.shape[0], : trimap.shape[1]]


def attention_maps(model, image, trimap, pixel):
    """Where each HOP block looks from one pixel of the photo.

    Args:
        model, image, trimap, pixel: as in `alpha_gradient`.

    Returns:
        Dict of a block's name to the pair of its stride, an int, and float32 array `[height, width]`: the attention
        of the block's pixel that holds this one, as `HOPBlock.attention_of` gives it, on the block's feature map, so
        that weight `[i, j]` belongs to the `stride` x `stride` pixels of the photo from `(stride * i, stride * j)` on.
    """
    blocks = [layer for layer in model.layers if isinstance(layer, HOPBlock)]
    if not blocks:
        return {}
    inputs = _inputs(image, trimap)
    features = keras.Model(model.input, {block.name: block.input for block in blocks})(inputs, training=False)
    maps = {}
    for block in blocks:
        of_block = features[block.name]
        stride = inputs["image"].shape[1] // of_block[1].shape[1]
        at = tuple(n // stride for n in pixel)
        maps[block.name] = stride, ops.convert_to_numpy(block.attention_of(at, *of_block))[0]
    return maps


def reach(values, pixel):
    """Within how many pixels of a pixel half and nine tenths of a map `[height, width]` lie: array of two floats."""
    rows, columns = np.ogrid[: values.shape[0], : values.shape[1]]
    distances = np.hypot(rows - pixel[0], columns - pixel[1]).ravel()
    order = distances.argsort()
    shares = np.cumsum(values.ravel()[order])
    return distances[order][np.searchsorted(shares, [0.5 * shares[-1], 0.9 * shares[-1]])]


def _inputs(image, trimap):
    """A photo and its trimap as the network takes them, mirrored at the bottom and right up to a size it takes."""
    padding = [(0, input_size(n) - n) for n in trimap.shape]
    image = np.pad(image, [*padding, (0, 0)], mode="reflect")
    trimap = np.pad(trimap, padding, mode="reflect")
    return {
        "image": ops.convert_to_tensor(image[None].astype("float32")),
        "trimap": ops.convert_to_tensor(trimap[None, :, :, None].astype("float32")),
    }
