"""`hop_tf.layers.LocalHOP` in an ONNX graph."""

import numpy as np

from hop_tf.export.onnx_graph.attention import add_output, concatenate, features, l2_norm
from hop_tf.export.onnx_graph.builder import GraphBuilder
from hop_tf.export.onnx_graph.maps import Map
from hop_tf.export.onnx_graph.patches import extract_patches, join_patches
from hop_tf.layers import LocalHOP
from hop_tf.layers.chunks import split
from hop_tf.layers.local_hop import COPIES, EXCLUDED

PARTS = 4  # of the attention in a graph of any size, whose memory they limit


def local_hop(b: GraphBuilder, layer: LocalHOP, appearance: Map, opacity: Map) -> Map:
    """Write a fused local block; queries, keys and values are cut into tiles and patches as in the layer."""
    if layer.window_size == 1:  # without neighbours, y is 0
        bias = np.asarray(layer.output_conv.bias, opacity.dtype).reshape(-1, 1, 1)
        return opacity.mapped(lambda name: b.op("Add", name, bias))
    f = features(b, layer, appearance)
    f = b.transpose(b.op("Div", f, l2_norm(b, f, axis=1)), 0, 2, 3, 1)
    queries, values = b.op("Mul", f, np.float32(layer.scale)), b.transpose(opacity.name, 0, 2, 3, 1)
    tile = min(layer.tile_size, opacity.multiple)  # so that no tile reaches beyond the map
    tensors = (queries, layer.key_channels, tile), (f, layer.key_channels, None), (values, opacity.channels, None)
    parts = []
    for first, last in _parts(b, layer, opacity, tile):
        q, k, v = (
            extract_patches(b, x, opacity, channels, size or tile + 2 * layer.radius, tile, first, last)
            for x, channels, size in tensors
        )
        y = _attend(b, layer, opacity, tile, q, k, v)
        parts.append(join_patches(b, y, opacity, opacity.channels, tile, first, last))
    y = b.transpose(concatenate(b, parts, axis=1), 0, 3, 1, 2)
    return add_output(b, layer, opacity, opacity.renamed(y))


def _parts(b, layer, opacity, tile):
    """Return the first row of tiles, and the one after the last, of each part of the attention; `None` for the end."""
    rows, columns = (b.size("Div", n, tile) for n in (opacity.height, opacity.width))
    if isinstance(rows, int) and isinstance(columns, int):
        values_per_tile = (tile + 2 * layer.radius) ** 2 * (COPIES * tile**2 + opacity.channels)
        starts = [part.start for part in split(rows, 4 * columns * values_per_tile, layer.attention_memory_mb)]
    else:
        count = min(PARTS, opacity.smallest // tile)
        starts = [0, *(b.size("Div", b.size("Mul", rows, i), count) for i in range(1, count))]
    return list(zip(starts, [*starts[1:], None], strict=True))


def _attend(b, layer, opacity, tile, queries, keys, values):
    """Return `y` of the equations, `[tiles, tile**2, channels]`, of patches of queries, keys and values."""
    size, channels = tile + 2 * layer.radius, opacity.channels
    keys = b.transpose(b.reshape(keys, -1, size**2, layer.key_channels), 0, 2, 1)
    weights = _weights(b, layer, tile, b.reshape(queries, -1, tile, tile, layer.key_channels), keys)
    if opacity.dtype != "float32":
        weights = b.cast(weights, opacity.dtype)
    return b.op("MatMul", weights, b.reshape(values, -1, size**2, channels))


def _weights(b, layer, tile, queries, keys):
    """Return the attention weights of queries `[tiles, tile, tile, key_dim]` and keys `[tiles, key_dim, size**2]`."""
    size = tile + 2 * layer.radius
    distances = np.abs(np.arange(size) - layer.radius - np.arange(tile)[:, None])
    scores = b.op("MatMul", b.reshape(queries, -1, tile**2, layer.key_channels), keys)  # Eq. 3
    if layer.positional_encoding:
        embeddings = np.asarray(layer.offset_embedding(distances)).swapaxes(1, 2)  # [tile, key_dim, size]
        rows = b.op("MatMul", queries, embeddings)
        columns = b.op("MatMul", b.transpose(queries, 0, 2, 1, 3), embeddings)
        offsets = b.op("Concat", rows, b.transpose(columns, 0, 2, 1, 3), axis=3)
        codes = np.concatenate([np.repeat(np.eye(size), size, axis=1), np.tile(np.eye(size), (1, size))])
        offsets = b.op("MatMul", b.reshape(offsets, -1, tile**2, 2 * size), codes.astype(np.float32))
        scores = b.op("Add", scores, offsets)
    distance = np.maximum(distances[:, None, :, None], distances[None, :, None, :]).reshape(tile**2, size**2)
    attended = (distance > 0) & (distance <= layer.radius)
    return b.op("Softmax", b.op("Add", scores, np.where(attended, np.float32(0), np.float32(EXCLUDED))), axis=-1)
