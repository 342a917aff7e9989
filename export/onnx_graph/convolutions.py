"""Convolutions in an ONNX graph."""

import itertools

import keras
import numpy as np

from hop_tf.export.errors import ExportError
from hop_tf.export.four_convolutions import PHASES, phase_kernel
from hop_tf.export.onnx_graph.builder import GraphBuilder
from hop_tf.export.onnx_graph.maps import Map

BLOCK = 16  # channels that a convolution computes together on a CPU


def convolution(b: GraphBuilder, layer: keras.layers.Conv2D, x: Map) -> Map:
    """Write a `keras.layers.Conv2D`, with the zeros that its input is to be padded with."""
    kernel, bias = _weights(layer)
    (size, _), (stride, _) = layer.kernel_size, layer.strides
    margin = x.zeros + (size // 2 if layer.padding == "same" else 0)
    growth = 2 * (margin + x.mirrored) - size
    if not -stride <= growth < 0:
        raise ExportError(f"{layer.name}: a convolution must keep the size of a map or divide it by its stride")
    is_plain = (size, stride, margin, x.mirrored) == (3, 1, 1, 0)
    if is_plain and x.join and len(PHASES) * layer.filters <= BLOCK:
        return x.renamed(_on_phases(b, x, kernel, bias), channels=layer.filters)
    kernel = kernel.transpose(3, 2, 0, 1)
    name = b.op("Conv", x.name, kernel, bias, kernel_shape=[size] * 2, strides=[stride] * 2, pads=[margin] * 4)

    def phase(i):
        """Return every second row and column of this convolution."""
        row, column = PHASES[i]
        pads = [1 - row, 1 - column, row, column]
        return b.op("Conv", x.name, kernel, bias, kernel_shape=[3, 3], strides=[2, 2], pads=pads)

    return x.smaller(b, name, stride, channels=len(kernel), phase=phase if is_plain else None)


def _on_phases(b, x, kernel, bias):
    """Write a 3 x 3 convolution to few channels of a map that is known in phases, and join its output instead.

    Each phase of the input adds to all phases of the output by a 2 x 2 convolution.
    """
    _, _, channels, filters = kernel.shape
    inputs, offset, total = [x.phase(i) for i in range(len(PHASES))], np.tile(bias, len(PHASES)), None
    with b.scope("phases"):
        for name, (row_in, column_in) in zip(inputs, PHASES, strict=True):
            taps = np.zeros((2, 2, channels, len(PHASES), filters), kernel.dtype)
            for (i, (row, column)), y, z in itertools.product(enumerate(PHASES), range(2), range(2)):
                # The output's pixel 2 j + row reads the input's pixel 2 (j + y - row_in) + row_in.
                down, right = 2 * y - row_in - row + 1, 2 * z - column_in - column + 1
                if 0 <= down < 3 and 0 <= right < 3:
                    taps[y, z, :, i] = kernel[down, right]
            taps = taps.reshape(2, 2, channels, -1).transpose(3, 2, 0, 1)
            pads = [row_in, column_in, 1 - row_in, 1 - column_in]
            part = b.op("Conv", name, taps, None if total else offset, kernel_shape=[2, 2], pads=pads)
            total = b.op("Add", total, part) if total else part
        return b.op("DepthToSpace", total, blocksize=2)


def transposed_convolution(b: GraphBuilder, layer: keras.layers.Conv2DTranspose, x: Map) -> Map:
    """Write a 4 x 4 `keras.layers.Conv2DTranspose` of stride 2, padded as "same".

    Each of the four pixels that an input pixel becomes is a 2 x 2 convolution of its own.
    """
    kernel, bias = _weights(layer)
    if not b.forms.four_convolutions:
        kernel = kernel.transpose(3, 2, 0, 1)
        name = b.op("ConvTranspose", x.name, kernel, bias, kernel_shape=[4, 4], strides=[2, 2], pads=[1] * 4)
        return x.larger(b, name, 2, channels=layer.filters)
    parts = []
    for row, column in PHASES:
        taps = phase_kernel(kernel, (row, column)).transpose(2, 3, 0, 1)
        pads = [1 - row, 1 - column, row, column]
        parts.append(b.op("Conv", x.name, taps, bias, kernel_shape=[2, 2], pads=pads))
    height, width = (b.size("Mul", n, 2) for n in (x.height, x.width))

    def join(phases):
        """Write the map that has these phases; in ONNX Runtime, `DepthToSpace` takes several times as long."""
        rows = [b.op("Concat", *phases[i : i + 2], axis=1) for i in (0, 2)]
        rows = [b.transpose(row, 0, 2, 3, 1) for row in rows]  # pairs of pixels, as in the joined map
        joined = b.reshape(b.op("Concat", *rows, axis=2), -1, height, width, layer.filters)
        return b.transpose(joined, 0, 3, 1, 2)

    return x.larger(b, join(parts), 2, channels=layer.filters, phase=parts.__getitem__, join=join)


def _weights(layer):
    """Return kernel and bias in the dtype that the layer computes in."""
    kernel, bias = (np.asarray(x).astype(layer.compute_dtype) for x in layer.get_weights())
    return kernel, bias
