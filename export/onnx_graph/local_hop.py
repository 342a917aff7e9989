"""`hop_tf.layers.LocalHOP` in an ONNX graph."""

import numpy as np
from keras import ops

from hop_tf.export.onnx_graph.attention import add_output, concatenate, features, l2_norm
from hop_tf.export.onnx_graph.builder import GraphBuilder
from hop_tf.export.onnx_graph.maps import Map
from hop_tf.export.onnx_graph.patches import extract_patches, gather_columns, join_patches, patch_positions, patches_at
from hop_tf.layers import LocalHOP
from hop_tf.layers.chunks import split
from hop_tf.layers.local_hop import COPIES, EXCLUDED

PARTS = 4  # of the attention in a graph of any size without loops, whose memory they limit
EXCLUDED_IN_HALF = -3e4  # far below any score, and within the range of float16
WIDTH = 16  # channels; the kernel of TensorRT takes multiples of it


def local_hop(b: GraphBuilder, layer: LocalHOP, appearance: Map, opacity: Map) -> Map:
    """Write a fused local block; queries, keys and values are cut into tiles and patches as in the layer."""
    if layer.window_size == 1:  # without neighbours, y is 0
        bias = layer.output_conv.get_weights()[1].astype(opacity.dtype).reshape(-1, 1, 1)
        return opacity.mapped(lambda name: b.op("Add", name, bias))
    f = features(b, layer, appearance)
    f = b.transpose(b.op("Div", f, l2_norm(b, f, axis=1)), 0, 2, 3, 1)
    scale = np.float32(ops.convert_to_numpy(layer.scale))
    queries, values = b.op("Mul", f, scale), b.transpose(opacity.name, 0, 2, 3, 1)
    tile = min(layer.tile_size, opacity.multiple)  # so that no tile reaches beyond the map
    size = tile + 2 * layer.radius
    tensors = (queries, layer.key_channels, tile), (f, layer.key_channels, size), (values, opacity.channels, size)
    y = (_in_a_loop if b.forms.loops else _in_parts)(b, layer, opacity, tile, tensors)
    return add_output(b, layer, opacity, opacity.renamed(b.transpose(y, 0, 3, 1, 2)))


def _in_a_loop(b, layer, opacity, tile, tensors):
    """Return `y` of the equations, `[batch, height, width, channels]`, from a row of tiles at a time."""
    tensors = [(gather_columns(b, x, opacity, size, tile), channels, size) for x, channels, size in tensors]
    indices = {size: patch_positions(b, opacity.height, size, tile) for _, _, size in tensors}

    def write(row):
        q, k, v = (
            patches_at(b, x, opacity, channels, size, tile, b.op("Gather", indices[size], row, axis=0))
            for x, channels, size in tensors
        )
        return join_patches(b, _attend(b, layer, opacity, tile, q, k, v), opacity, opacity.channels, tile, 0, 1)

    rows = b.size("Div", opacity.height, tile)
    # `Loop` hides the shape of its results, which the first reshape states.
    y = b.reshape(b.loop(rows, write, opacity.dtype), rows, -1, tile, opacity.width, opacity.channels)
    return b.reshape(b.transpose(y, 1, 0, 2, 3, 4), -1, opacity.height, opacity.width, opacity.channels)


def _in_parts(b, layer, opacity, tile, tensors):
    """Return `y` of the equations, `[batch, height, width, channels]`, from parts that are written one by one."""
    parts = []
    for first, last in _parts(b, layer, opacity, tile):
        q, k, v = (extract_patches(b, x, opacity, channels, size, tile, first, last) for x, channels, size in tensors)
        y = _attend(b, layer, opacity, tile, q, k, v)
        parts.append(join_patches(b, y, opacity, opacity.channels, tile, first, last))
    return concatenate(b, parts, axis=1)


def _parts(b, layer, opacity, tile):
    """Return the first row of tiles, and the one after the last, of each part of the attention; `None` for the end."""
    rows, columns = (b.size("Div", n, tile) for n in (opacity.height, opacity.width))
    if isinstance(rows, int) and isinstance(columns, int):
        values_per_tile = (tile + 2 * layer.radius) ** 2 * (COPIES * tile**2 + opacity.channels)
        bytes_per_row = 4 * b.batch * columns * values_per_tile
        starts = [part.start for part in split(rows, bytes_per_row, layer.attention_memory_mb)]
    else:
        count = min(PARTS, opacity.smallest // tile)
        starts = [0, *(b.size("Div", b.size("Mul", rows, i), count) for i in range(1, count))]
    return list(zip(starts, [*starts[1:], None], strict=True))


def _attend(b, layer, opacity, tile, queries, keys, values):
    """Return `y` of the equations, `[tiles, tile**2, channels]`, of patches of queries, keys and values."""
    size, dtype = tile + 2 * layer.radius, opacity.dtype
    queries = b.reshape(queries, -1, tile, tile, layer.key_channels)
    keys = b.reshape(keys, -1, size**2, layer.key_channels)
    values = b.reshape(values, -1, size**2, opacity.channels)
    if b.forms.half_attention and dtype != "float32" and layer.positional_encoding:
        return _attend_in_half(b, layer, opacity, tile, queries, keys, values)
    scores = b.op("MatMul", b.reshape(queries, -1, tile**2, layer.key_channels), b.transpose(keys, 0, 2, 1))  # Eq. 3
    if layer.positional_encoding:
        offsets = b.reshape(b.op("Concat", *_offset_scores(b, layer, tile, queries), axis=3), -1, tile**2, 2 * size)
        scores = b.op("Add", scores, b.op("MatMul", offsets, _codes(size).T))
    weights = b.op("Softmax", b.op("Add", scores, _mask(layer, tile, np.float32(EXCLUDED))), axis=-1)
    return b.op("MatMul", weights if dtype == "float32" else b.cast(weights, dtype), values)


def _attend_in_half(b, layer, opacity, tile, queries, keys, values):
    """Attend as `_attend` does, in half precision and in a form that TensorRT fuses into a single kernel.

    That is: one product for all scores, one mask to add, and queries, keys and values of the same width, a multiple of
    16 channels, which zeros fill up. The features are normalised, so no score leaves the range of half precision.
    """
    size, channels, dtype = tile + 2 * layer.radius, opacity.channels, np.dtype(opacity.dtype)
    scored = layer.key_channels + 2 * size
    width = -(-max(scored, channels) // WIDTH) * WIDTH
    queries = b.op("Concat", queries, *_offset_scores(b, layer, tile, queries), axis=3)
    queries = b.cast(b.reshape(queries, -1, tile**2, scored), opacity.dtype)
    queries = _with_channels(b, queries, np.zeros((tile**2, width - scored), dtype))
    codes = np.pad(_codes(size), ((0, 0), (0, width - scored))).astype(dtype)
    keys = _with_channels(b, b.cast(keys, opacity.dtype), codes)
    values = _with_channels(b, values, np.zeros((size**2, width - channels), dtype))
    scores = b.op("MatMul", queries, b.transpose(keys, 0, 2, 1))
    weights = b.op("Softmax", b.op("Add", scores, _mask(layer, tile, dtype.type(EXCLUDED_IN_HALF))), axis=-1)
    return b.slice(b.op("MatMul", weights, values), {2: (0, channels, 1)})


def _with_channels(b, x, channels):
    """Return a tensor `[tiles, pixels, channels]` with these further channels, the same for every tile."""
    if not channels.shape[1]:
        return x
    shape = b.op("Concat", b.op("Shape", x, start=0, end=1), list(channels.shape), axis=0)
    return b.op("Concat", x, b.op("Expand", channels[None], shape), axis=2)


def _distances(layer, tile):
    """Return the distances along one axis from the pixels of a tile to those of its patch, `[tile, size]`."""
    return np.abs(np.arange(tile + 2 * layer.radius) - layer.radius - np.arange(tile)[:, None])


def _offset_scores(b, layer, tile, queries):
    """Return the scores of queries with the rows and the columns of their patch, each `[tiles, tile, tile, size]`."""
    embeddings = ops.convert_to_numpy(layer.offset_embedding(_distances(layer, tile))).swapaxes(1, 2)
    columns = b.op("MatMul", b.transpose(queries, 0, 2, 1, 3), embeddings)
    return b.op("MatMul", queries, embeddings), b.transpose(columns, 0, 2, 1, 3)


def _codes(size):
    """Return the one-hot codes of the row and the column of each pixel of a patch, `[size**2, 2 * size]`."""
    one_hot = np.eye(size, dtype=np.float32)
    return np.concatenate([np.repeat(one_hot, size, axis=0), np.tile(one_hot, (size, 1))], axis=1)


def _mask(layer, tile, excluded):
    """Return `excluded` where a key is the query itself or beyond its window, else 0: `[tile**2, size**2]`."""
    distances = _distances(layer, tile)
    distance = np.maximum(distances[:, None, :, None], distances[None, :, None, :]).reshape(tile**2, -1)
    return np.where((distance > 0) & (distance <= layer.radius), np.zeros_like(excluded), excluded)
