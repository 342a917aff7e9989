"""Fused networks for inference: spectral normalisation and BatchNorm folded into the convolutions."""

from typing import Any

import keras
import numpy as np
from keras import layers

from hop_tf.layers import GlobalHOP, LocalHOP, ReflectPadding2D, SpectralConv2D, SpectralConv2DTranspose

SPECTRAL = {SpectralConv2D: layers.Conv2D, SpectralConv2DTranspose: layers.Conv2DTranspose}


def fuse(model: keras.Model) -> keras.Model:
    """Return a copy of a network for inference, with the same output up to 1e-4 and fewer operations.

    Spectral normalisation becomes part of the kernels. A BatchNorm that follows a convolution is folded into it. A
    BatchNorm that follows an activation is folded into the layers that read it, where that is exact: convolutions
    without padding or with mirrored borders, and the queries and keys of HOP blocks. Elsewhere it becomes a scale and
    an offset per channel.

    Args:
        model: `hop_tf.HOPMatting`, or another functional model of its layers, each called once.

    Returns:
        `keras.Model` with the same inputs, outputs and dtype policies, made of Keras' plain convolutions.

    Raises:
        ValueError: if a layer is called more than once or also belongs to another model, or if a BatchNorm normalises
            another axis than the last.

    Example:
        >>> from hop_tf import HOPMatting
        >>> deployed = fuse(HOPMatting(width=0.25))
        >>> any(isinstance(layer, SpectralConv2D) for layer in deployed.layers)
        False
    """
    graph = _Graph(model)

    def copy(layer):
        if isinstance(layer, layers.BatchNormalization):
            if layer.axis not in (-1, len(layer.input.shape) - 1):
                raise ValueError(f"Only a BatchNorm of the last axis can be fused. Received: layer={layer.name}")
            if graph.is_folded(layer):
                return layers.Identity(name=layer.name, dtype=layer.dtype_policy)
            # As [1, 1, channels], because Keras takes a vector for the channels of its global image data format.
            scale, offset = (x[None, None].tolist() for x in _affine(layer))
            return layers.Rescaling(scale, offset, name=layer.name, dtype=layer.dtype_policy)
        if isinstance(layer, (GlobalHOP, LocalHOP)) and not layer.fused:
            return _fused_block(layer, graph.folded_before(layer))
        if type(layer) in SPECTRAL:
            return _fused_convolution(layer, graph.folded_before(layer), graph.folded_after(layer))
        return _rebuilt(layer, layer.get_config(), [np.array(weight) for weight in getattr(layer, "weights", ())])

    called = set()

    def call(layer, *args, **kwargs):
        if id(layer) in called:
            raise ValueError(f"Only layers that are called once can be fused. Received: layer={layer.name}")
        called.add(id(layer))
        if isinstance(layer, layers.Identity):
            return args[0]
        return layer(*args) if isinstance(layer, layers.Rescaling) else layer(*args, **kwargs)

    return keras.models.clone_model(model, clone_function=copy, call_function=call)


class _Graph:
    """The layers that read the output of each layer, and the layers that each BatchNorm is folded into."""

    def __init__(self, model):
        self._outputs = {id(x) for x in model.outputs}
        self._producer: dict[int, Any] = {}
        self._readers: dict[int, list[Any]] = {}
        for operation in model.operations:
            for x in keras.tree.flatten(operation.output):
                self._producer[id(x)] = operation
            if not isinstance(operation, layers.InputLayer):
                for x in keras.tree.flatten(operation.input):
                    if id(x) not in self._producer:
                        raise ValueError(f"Only layers of one model can be fused. Received: layer={operation.name}")
                    self._readers.setdefault(id(x), []).append(operation)

    def is_folded(self, norm):
        source = self._producer[id(norm.input)]
        return self.folded_after(source) is norm or self._is_absorbed(norm)

    def folded_after(self, layer):
        """Return the BatchNorm that is the only reader of this convolution, or `None`."""
        readers = self._readers.get(id(layer.output), [])
        has_one_reader = len(readers) == 1 and id(layer.output) not in self._outputs
        if type(layer) in SPECTRAL and has_one_reader and isinstance(readers[0], layers.BatchNormalization):
            return readers[0]
        return None

    def folded_before(self, layer):
        """Return the BatchNorm that this layer reads first, directly or padded, and can absorb, or `None`."""
        source = self._producer[id(keras.tree.flatten(layer.input)[0])]
        while isinstance(source, ReflectPadding2D):
            source = self._producer[id(source.input)]
        if isinstance(source, layers.BatchNormalization):
            after = self.folded_after(self._producer[id(source.input)])
            return source if after is not source and self._is_absorbed(source) else None
        return None

    def _is_absorbed(self, layer):
        """Return whether every reader of `layer` can fold a scale and an offset per channel into its weights."""
        readers = self._readers.get(id(layer.output), [])
        is_internal = bool(readers) and id(layer.output) not in self._outputs
        return is_internal and all(self._can_absorb(reader, layer) for reader in readers)

    def _can_absorb(self, reader, layer):
        if isinstance(reader, ReflectPadding2D):
            return self._is_absorbed(reader)
        if type(reader) is SpectralConv2D:
            return reader.padding == "valid" or reader.kernel_size == 1
        if isinstance(reader, (GlobalHOP, LocalHOP)) and not reader.fused:
            appearance, *others = reader.input
            return appearance is layer.output and all(x is not appearance for x in others)
        return False


def _affine(norm):
    """Return the scale and offset per channel, float64, of a BatchNorm in inference; (1, 0) for `None`."""
    if norm is None:
        return np.float64(1), np.float64(0)
    mean, variance = np.float64(norm.moving_mean), np.float64(norm.moving_variance)
    gamma = np.float64(norm.gamma) if norm.scale else np.ones_like(mean)
    beta = np.float64(norm.beta) if norm.center else np.zeros_like(mean)
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return scale, beta - mean * scale


def _fold(kernel, bias, before, after):
    """Fold the BatchNorms before and after a convolution into its kernel `[..., in, out]` and bias; `None` for none."""
    (scale_in, offset_in), (scale, offset) = _affine(before), _affine(after)
    bias = bias + (kernel * np.reshape(offset_in, (-1, 1))).sum(axis=(0, 1, 2))
    return kernel * np.reshape(scale_in, (-1, 1)) * scale, bias * scale + offset


def _fused_convolution(conv, before, after):
    kernel = np.asarray(conv.normalized_kernel(), np.float64)
    transposed = isinstance(conv, SpectralConv2DTranspose)
    if transposed:
        kernel = kernel.swapaxes(2, 3)
    kernel, bias = _fold(kernel, np.zeros(kernel.shape[-1]), before, after)
    if transposed:
        kernel = kernel.swapaxes(2, 3)
    config = {**conv.get_config(), "data_format": "channels_last"}
    return _rebuilt(conv, config, [kernel, bias], SPECTRAL[type(conv)])


def _fused_block(block, before):
    fused = _rebuilt(block, {**block.get_config(), "fused": True})
    fused.scale.assign(block.scale)
    kernel, bias = (np.asarray(x, np.float64) for x in block.query_key_conv.get_weights())
    fused.query_key_conv.set_weights(_fold(kernel, bias, before, None))
    kernel = np.asarray(block.output_conv.normalized_kernel(), np.float64)
    fused.output_conv.set_weights(_fold(kernel, np.zeros(kernel.shape[-1]), None, block.output_norm))
    for name in ("offset_embedding", "trimap_conv"):
        if hasattr(block, name):
            getattr(fused, name).set_weights(getattr(block, name).get_weights())
    return fused


def _rebuilt(layer, config, weights=None, kind=None):
    """Return a layer with this config, built for the same inputs; of the same class unless `kind` is given."""
    copy = (kind or type(layer)).from_config(config)
    if getattr(layer, "weights", None):  # operations such as slices have none
        copy.build_from_config(layer.get_build_config())
    if weights:
        copy.set_weights(weights)
    return copy
