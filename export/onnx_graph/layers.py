"""How each kind of layer is written in an ONNX graph."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from hop_tf.export.onnx_graph.builder import GraphBuilder
from hop_tf.export.onnx_graph.convolutions import convolution, transposed_convolution
from hop_tf.export.onnx_graph.global_hop import global_hop
from hop_tf.export.onnx_graph.local_hop import local_hop
from hop_tf.export.onnx_graph.maps import Map
from hop_tf.export.onnx_graph.patches import pad
from hop_tf.layers.preprocessing import IMAGENET_MEAN, IMAGENET_STD
from hop_tf.pictures.trimap import FOREGROUND_FROM, UNKNOWN_FROM


def cast(b: GraphBuilder, x: Any, dtype: str | None) -> Any:
    """Cast one or several maps to the compute dtype of a layer; `None` leaves them unchanged."""
    if isinstance(x, (list, tuple)) and x and isinstance(x[0], Map):
        return [cast(b, each, dtype) for each in x]
    if not isinstance(x, Map) or dtype in (None, x.dtype):
        return x
    return x.renamed(b.shared(("cast", x.name, dtype), lambda: b.cast(x.name, dtype)), dtype=dtype)


def one_hot(b: GraphBuilder, trimap: str) -> tuple[str, str, str]:
    """Return background, unknown region and foreground, each 0 or 1, of a trimap `[batch, 1, height, width]`."""

    def at_least(level):
        # A ramp from 0 at the float32 before the level to 1 at the level: several times faster than `GreaterOrEqual`.
        slope = 2.0 ** (23 - np.floor(np.log2(level)))
        return b.op("HardSigmoid", trimap, alpha=slope, beta=1 - slope * level)

    def write():
        known_or_unknown, foreground = at_least(UNKNOWN_FROM), at_least(FOREGROUND_FROM)
        return b.op("Sub", np.float32(1), known_or_unknown), b.op("Sub", known_or_unknown, foreground), foreground

    return b.shared(("one_hot", trimap), write)


def _matting_input(b, layer, image, trimap):
    scale = (1 / (255 * np.array(IMAGENET_STD))).astype(np.float32).reshape(3, 1, 1)
    offset = (-np.array(IMAGENET_MEAN) / IMAGENET_STD).astype(np.float32).reshape(3, 1, 1)
    rgb = b.op("Add", b.op("Mul", image.name, scale), offset)
    return image.renamed(rgb), trimap.renamed(b.op("Concat", *one_hot(b, trimap.name), axis=1), channels=3)


def _activation(b, layer, x):
    name = keras.activations.serialize(layer.activation)
    return x.mapped(lambda y: b.op(ACTIVATIONS[name], y))


def _leaky_relu(b, layer, x):
    def write(name):
        if b.forms.blocked and b.kinds[name] != "Conv":
            ones = np.ones((x.channels, 1, 1, 1), x.dtype)
            name = b.op("Conv", name, ones, group=x.channels, kernel_shape=[1, 1])
        return b.op("LeakyRelu", name, alpha=layer.negative_slope)

    return x.mapped(write)


def _rescaling(b, layer, x):
    scale, offset = (np.broadcast_to(np.ravel(np.asarray(v, x.dtype)), x.channels) for v in (layer.scale, layer.offset))
    zero, one = np.zeros_like(scale), np.ones_like(scale)
    return x.mapped(lambda name: b.op("BatchNormalization", name, scale, offset, zero, one, epsilon=0.0))


def _concatenate(b, layer, xs):
    return xs[0].renamed(b.op("Concat", *(x.name for x in xs), axis=1), channels=sum(x.channels for x in xs))


def _average_pooling(b, layer, x):
    (size, _), (stride, _) = layer.pool_size, layer.strides
    name = b.op("AveragePool", x.name, kernel_shape=[size] * 2, strides=[stride] * 2)
    return x.smaller(b, name, stride)


def _upsampling(b, layer, x):
    (factor, _) = layer.size
    name = b.op(
        "Resize",
        x.name,
        None,
        np.array([1, 1, factor, factor], np.float32),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    return x.larger(b, name, factor)


def _zero_padding(b, layer, x):
    (margin, _), _ = layer.padding
    return x.renamed(x.name, zeros=margin)


def _reflect_padding(b, layer, x):
    (before, after), _ = layer.padding
    sizes = {2: (x.height, x.smallest), 3: (x.width, x.smallest)}
    return x.renamed(pad(b, x.name, sizes, before, after), mirrored=before)


def _strided_slice(b, operation, x, key):
    (step,) = {part.step or 1 for part in key[1:3]}
    return x.smaller(b, b.slice(x.name, {2: (0, None, step), 3: (0, None, step)}), step)


ACTIVATIONS = {"linear": "Identity", "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}

WRITERS: dict[str, Callable[..., Any]] = {
    "MattingInput": _matting_input,
    "Conv2D": convolution,
    "Conv2DTranspose": transposed_convolution,
    "GlobalHOP": global_hop,
    "LocalHOP": local_hop,
    "Rescaling": _rescaling,
    "Activation": _activation,
    "ReLU": lambda b, layer, x: x.mapped(lambda name: b.op("Relu", name)),
    "LeakyReLU": _leaky_relu,
    "Add": lambda b, layer, xs: xs[0].mapped(lambda *names: b.op("Add", *names), *xs[1:]),
    "Concatenate": _concatenate,
    "AveragePooling2D": _average_pooling,
    "UpSampling2D": _upsampling,
    "ZeroPadding2D": _zero_padding,
    "ReflectPadding2D": _reflect_padding,
    "GetItem": _strided_slice,
    "Identity": lambda b, layer, x: x,
}
