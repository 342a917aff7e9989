"""`hop_tf.layers.GlobalHOP` in an ONNX graph."""

import numpy as np
from keras import ops

from hop_tf.export.onnx_graph.attention import add_output, concatenate, features, l2_norm
from hop_tf.export.onnx_graph.builder import GraphBuilder
from hop_tf.export.onnx_graph.maps import Map
from hop_tf.export.onnx_graph.patches import extract_patches, pad, positions
from hop_tf.layers import GlobalHOP
from hop_tf.layers.chunks import split
from hop_tf.layers.global_hop import COPIES, EXCLUDED, MAX_DISTANCE


def global_hop(b: GraphBuilder, layer: GlobalHOP, appearance: Map, opacity: Map, trimap: Map) -> Map:
    """Write a fused global block, step by step as in the layer."""
    return add_output(b, layer, opacity, _Block(b, layer, opacity).propagate(appearance, trimap))


class _Block:
    """The parts of one global block, which share its sizes: those of the grid of keys and of the grid of queries.

    At stride 1, the queries begin with a mirrored row and column.
    """

    def __init__(self, b, layer, opacity):
        self.b, self.layer, self.opacity, self.stride = b, layer, opacity, layer.stride
        self.map = opacity.smaller(b, "", self.stride)  # of the size of the grid
        self.grid, self.smallest = (self.map.height, self.map.width), self.map.smallest
        self.before = 0 if self.stride == 2 else 1
        self.queries = [b.size("Add", n, self.before) for n in self.grid]

    def propagate(self, appearance, trimap):
        """Return `y` of the equations as a `Map`."""
        b, s = self.b, self.stride
        f = self._on_grid(features(b, self.layer, appearance))
        trimap = trimap.name if trimap.dtype == "float32" else b.cast(trimap.name, "float32")
        keys, excluded = self._keys(f, self._on_grid(trimap))
        queries = self._patches(f)
        if self.before:
            queries = pad(b, queries, dict(enumerate(((n, self.smallest) for n in self.grid), 1)), 1, 0)
        values = self._values()
        parts = []
        for first, last in self._parts():
            rows = b.size("Sub", self.queries[0] if last is None else last, first)
            part = queries if (first, last) == (0, None) else b.slice(queries, {1: (first, last, 1)})
            attention = self._attention(part, keys, excluded, (first, last), rows)
            parts.append(self._weighted_sum(attention, values, rows))
        y = b.transpose(self._overlap_add(parts), 0, 1, 3, 2, 4)
        height, width = (b.size("Mul", b.size("Add", n, 1), s) for n in self.queries)
        y = b.reshape(y, -1, height, width, self.opacity.channels)
        y = b.slice(y, {1: (1, -1, 1), 2: (1, -1, 1)})
        return self.opacity.renamed(b.transpose(y, 0, 3, 1, 2))

    def _on_grid(self, x):
        return x if self.stride == 1 else self.b.slice(x, {2: (0, None, 2), 3: (0, None, 2)})

    def _patches(self, x):
        """Return the 3 x 3 patches of a map on the grid, `[batch, rows, columns, 9 * key_dim]`."""
        b, channels = self.b, self.layer.key_channels
        x = extract_patches(b, b.transpose(x, 0, 2, 3, 1), self.map, channels, 3, 1)
        return b.reshape(x, 0, 0, 0, 9 * channels)

    def _keys(self, f, trimap):
        """Return keys `[batch, 9 * key_dim, cells]`, and for each the cell whose query it excludes, or -1."""
        b, layer = self.b, self.layer
        unknown = b.slice(trimap, {1: (1, 2, 1)})
        unknown_keys = b.op("Greater", b.op("MaxPool", unknown, kernel_shape=[3, 3], pads=[1] * 4), np.float32(0))
        if layer.trimap_embedding:  # TriE
            kernel, bias = (np.asarray(x) for x in layer.trimap_conv.get_weights())
            f = b.op("Add", f, b.op("Conv", trimap, kernel.transpose(3, 2, 0, 1), bias, kernel_shape=[1, 1]))
        keys = self._patches(f)
        keys = b.op("Mul", keys, b.op("Div", np.float32(ops.convert_to_numpy(layer.scale)), l2_norm(b, keys, axis=3)))
        keys = b.transpose(b.reshape(keys, 0, -1, 9 * layer.key_channels), 0, 2, 1)
        unknown_keys = b.reshape(unknown_keys, 0, 1, -1)
        if not layer.trimap_embedding:
            keys = b.op("Mul", keys, self._balance(unknown, unknown_keys))
        return keys, b.op("Where", unknown_keys, self._cells(self.grid, 0), -1)

    def _balance(self, unknown, unknown_keys):
        """Return the factor of each key that balances the numbers of unknown and known pixels."""
        b = self.b
        share = b.reshape(b.op("ReduceMean", unknown, [1, 2, 3], keepdims=1), 0, 1, 1)
        shares = [share, b.op("Sub", np.float32(1), share)]
        factors = []
        for x, y in (shares, shares[::-1]):
            ratio = b.op("Sqrt", b.op("Div", x, b.op("Max", y, np.float32(1e-6))))
            factors.append(b.op("Clip", ratio, np.float32(0.1), np.float32(10)))
        return b.op("Where", unknown_keys, *factors)

    def _cells(self, grid, before):
        """Return the numbers of the cells that the queries are on, `[queries]`."""
        b = self.b
        rows, columns = (positions(b, n, -before, n) for n in grid)
        if isinstance(rows, np.ndarray) and isinstance(columns, np.ndarray):
            return (rows[:, None] * grid[1] + columns).reshape(-1)
        width = [grid[1]] if isinstance(grid[1], int) else grid[1]
        first = b.op("Unsqueeze", b.op("Mul", rows, width), [1])
        return b.reshape(b.op("Add", first, columns), -1)

    def _attention(self, queries, keys, excluded, rows_of_part, rows):
        """Return the attention of some rows of queries, `[batch, rows, columns, height, width]`."""
        b, layer = self.b, self.layer
        channels, columns = layer.key_channels, self.queries[1]
        cells = self._cells(self.grid, self.before)
        scores = b.op("MatMul", b.reshape(queries, 0, -1, 9 * channels), keys)  # Eq. 2
        own = b.op("Unsqueeze", cells, [1])
        if rows_of_part != (0, None):
            first, last = rows_of_part
            last = self.queries[0] if last is None else last
            own = b.slice(own, {0: (b.size("Mul", first, columns), b.size("Mul", last, columns), 1)})
        scores = b.op("Where", b.op("Equal", own, excluded), np.float32(EXCLUDED), scores)
        shape = -1, rows, columns, *self.grid
        if layer.positional_encoding:  # Eq. 4
            centres = b.slice(queries, {3: (4 * channels, 5 * channels, 1)})
            of_rows = b.op("MatMul", centres, self._embeddings(0, rows_of_part))
            of_columns = b.op("MatMul", b.transpose(centres, 0, 2, 1, 3), self._embeddings(1, (0, None)))
            offsets = b.op(
                "Add", b.op("Unsqueeze", of_rows, [4]), b.op("Unsqueeze", b.transpose(of_columns, 0, 2, 1, 3), [3])
            )
            scores = b.op(
                "Add", scores, b.reshape(offsets, -1, b.size("Mul", rows, columns), b.size("Mul", *self.grid))
            )
        return b.reshape(b.op("Softmax", scores, axis=-1), *shape)

    def _embeddings(self, axis, part):
        """Return the embeddings of the distances from queries to cells along an axis, `[queries, key_dim, cells]`."""
        b, n = self.b, self.grid[axis]
        table = ops.convert_to_numpy(self.layer.offset_embedding(np.arange(MAX_DISTANCE + 1)))
        queries, cells = positions(b, n, -self.before, n), positions(b, n, 0, n)
        if isinstance(queries, np.ndarray):
            return table[np.minimum(abs(queries[:, None] - cells), MAX_DISTANCE)[slice(*part)]].swapaxes(1, 2)
        distances = b.op("Abs", b.op("Sub", b.op("Unsqueeze", queries, [1]), cells))
        embeddings = b.op("Gather", table, b.op("Min", distances, MAX_DISTANCE))
        embeddings = b.transpose(embeddings, 0, 2, 1)
        return embeddings if part == (0, None) else b.slice(embeddings, {0: (*part, 1)})

    def _values(self):
        """Return the opacity features of every patch, a quarter of them: `[batch, patches, stride**2 * channels]`."""
        b, s, x = self.b, self.stride, self.opacity
        sizes = ((n, x.smallest) for n in (x.height, x.width))
        values = pad(b, b.transpose(x.name, 0, 2, 3, 1), dict(enumerate(sizes, 1)), 1, s - 1)
        rows, columns = (b.size("Add", n, 1) for n in self.grid)
        values = b.transpose(b.reshape(values, 0, rows, s, columns, s, x.channels), 0, 1, 3, 2, 4, 5)
        return b.op("Mul", b.reshape(values, 0, -1, s * s * x.channels), np.asarray(0.25, x.dtype))

    def _weighted_sum(self, attention, values, rows):
        """Return the sum of weighted patches, `[batch, rows + 1, columns + 1, stride, stride * channels]`."""
        b, s, x = self.b, self.stride, self.opacity
        for query_axis, key_axis in ((1, 3), (2, 4)):
            moved = (1, 0) if s == 2 else (0, 1)
            shifts = {query_axis: (1, 0), key_axis: moved}, {query_axis: (0, 1), key_axis: moved[::-1]}
            pads = ([shift.get(axis, (0, 0))[end] for end in (0, 1) for axis in range(5)] for shift in shifts)
            attention = b.op("Add", *(b.op("Pad", attention, each) for each in pads))
        rows, columns, height, width = (b.size("Add", n, 1) for n in (rows, self.queries[1], *self.grid))
        attention = b.reshape(attention, -1, b.size("Mul", rows, columns), b.size("Mul", height, width))
        if x.dtype != "float32":
            attention = b.cast(attention, x.dtype)
        return b.reshape(b.op("MatMul", attention, values), -1, rows, columns, s, s * x.channels)

    def _parts(self):
        """Return the first row of queries, and the one after the last, of each part; `None` for the end."""
        rows, columns = self.queries
        if not all(isinstance(n, int) for n in (rows, columns)):
            return [(0, None)]
        bytes_per_row = COPIES * 4 * self.b.batch * columns * self.grid[0] * self.grid[1]
        starts = [part.start for part in split(rows, bytes_per_row, self.layer.attention_memory_mb)]
        return list(zip(starts, [*starts[1:], None], strict=True))

    def _overlap_add(self, parts):
        """Join maps along axis 1, each overlapping the next by one row, and add the rows that coincide."""
        b, joined = self.b, parts[:1]
        for part in parts[1:]:
            before = joined.pop()
            shared = b.op("Add", b.slice(before, {1: (-1, None, 1)}), b.slice(part, {1: (0, 1, 1)}))
            joined += [b.slice(before, {1: (0, -1, 1)}), shared, b.slice(part, {1: (1, None, 1)})]
        return concatenate(b, joined, axis=1)
