import keras
from keras import ops

from hop_tf.layers.cells import depth_to_space, overlap_add, pad_zero, patches, space_to_depth
from hop_tf.layers.chunks import split, wait_for
from hop_tf.layers.hop_block import HOPBlock, l2_norm
from hop_tf.layers.padding import mirrored, reflect_pad

MAX_DISTANCE = 7
COPIES = 4  # of the attention map, at most, that exist at a time
EXCLUDED = -1e4  # finite, as released: with one cell alone it must leave that cell a weight of 1


@keras.saving.register_keras_serializable(package="hop_tf")
class GlobalHOP(HOPBlock):
    """Global hierarchical opacity propagation (Section 3.3, Eq. 2 and 4): every pixel attends to every other.

    On the grid of every `stride`-th pixel, with `f` a 1 x 1 convolution of the appearance feature and `t` one of the
    one-hot trimap, and P(.) the 3 x 3 patch around a pixel (borders mirrored):

        score(q, k) = scale * P(f)(q) . P(f+t)(k) / |P(f+t)(k)|  +  f(q) . (e[|dy|] + e[|dx|])
        y = softmax(score) applied to the opacity feature's patches of 2 * stride pixels, overlaps averaged
        output = opacity + BatchNorm(conv1x1(y))

    Distances beyond 7 cells share an embedding. A query does not attend to itself where its patch holds unknown pixels.
    Scores and softmax are float32. This follows the released network where it differs from the paper's equations,
    which normalise the query too and work on pixels.

    Args:
        stride: 1 or 2, of the grid.
        key_dim: int, channels of `f`; half those of the appearance feature when None.
        positional_encoding: bool, whether scores depend on the offset.
        trimap_embedding: bool. If False, `t` is left out and scores are multiplied, per key, by
            `sqrt(u / (1 - u))` for unknown and by its inverse for known keys, both within 0.1..10, where `u` is the
            unknown share of the grid.
        attention_memory_mb: number of megabytes, or None for no limit. Where the attention map and what is computed
            from it would take more, the rows of the grid are attended to a few at a time, at least one at once: the
            same output, to float32 rounding. Where height or width are unknown when the graph is built, and for
            gradients, there is no limit.
        bn_momentum, bn_epsilon: floats, of the output's BatchNorm.
        fused: bool, whether the output has a plain convolution and no BatchNorm, as after `hop_tf.fuse`.

    Call arguments:
        appearance: `[batch, height, width, appearance_channels]`.
        opacity: `[batch, height, width, channels]`; height and width divisible by `stride`.
        trimap: `[batch, height, width, 3]`, one-hot background, unknown, foreground.

    Returns:
        `[batch, height, width, channels]`, the compute dtype.

    Raises:
        ValueError: on another `stride`, an `attention_memory_mb` that is not positive, or a height or width that
            `stride` does not divide.

    Example:
        >>> trimap = np.ones((1, 24, 32, 3))
        >>> GlobalHOP()(np.ones((1, 24, 32, 64)), np.ones((1, 24, 32, 256)), trimap).shape
        (1, 24, 32, 256)
    """

    def __init__(self, stride=2, key_dim=None, positional_encoding=True, trimap_embedding=True, **kwargs):
        super().__init__(key_dim=key_dim, positional_encoding=positional_encoding, **kwargs)
        if stride not in (1, 2):
            raise ValueError(f"`stride` must be 1 or 2. Received: stride={stride}")
        self.stride = stride
        self.trimap_embedding = trimap_embedding

    def build(self, appearance_shape, opacity_shape, trimap_shape):
        self._build_block(appearance_shape, opacity_shape, MAX_DISTANCE)
        if self.trimap_embedding:
            self.trimap_conv = keras.layers.Conv2D(
                self.key_channels, 1, kernel_initializer="zeros", dtype="float32", name="trimap_conv"
            )
            self.trimap_conv.build(trimap_shape)
        self.built = True

    def call(self, appearance, opacity, trimap, training=False):
        return self._add_output(opacity, self.propagate(appearance, opacity, trimap, training), training)

    def propagate(self, appearance, opacity, trimap, training=False):
        """`y` of the equations, `[batch, height, width, channels]`; arguments as in the call."""
        s = self.stride
        if any(n is not None and n % s for n in opacity.shape[1:3]):
            raise ValueError(f"Height and width must be divisible by `stride`, {s}. Received: {tuple(opacity.shape)}")
        features = self._query_key_features(appearance)[:, ::s, ::s]
        keys, excluded = self._keys(features, ops.cast(trimap, "float32")[:, ::s, ::s])
        values = space_to_depth(reflect_pad(opacity, (1, s - 1), (1, s - 1)), s)
        # At stride 1 a pixel reads the attention of the cells above and left of it too: mirrored ones at the border.
        before = 0 if s == 2 else 1
        queries = reflect_pad(patches(features), (before, 0), (before, 0))
        grid = ops.shape(features)[1:3]
        rows, columns = (mirrored(ops.arange(-before, n, dtype="int32"), n) for n in grid)
        cells = rows[:, None] * grid[1] + columns
        embedded = map(self._offset_embeddings, (rows, columns), grid) if self.positional_encoding else (None, None)
        of_rows, of_columns = embedded

        chunks = [slice(None)] if training else self._row_chunks(queries.shape, features.shape)
        parts = []
        for chunk in chunks:
            some, some_cells, some_of_rows = queries, cells, of_rows
            if len(chunks) > 1:
                some, some_cells = queries[:, chunk], cells[chunk]
                some_of_rows = of_rows[chunk] if self.positional_encoding else None
            if parts:
                some, excluded = wait_for(parts[-1], some), wait_for(parts[-1], excluded)
            attention = ops.softmax(self._scores(some, keys, excluded, some_cells, (some_of_rows, of_columns)))
            attention = ops.reshape(attention, (-1, *ops.shape(some)[1:3], *grid))
            parts.append(self._weighted_sum(attention, values))
        return depth_to_space(overlap_add(parts), s)[:, 1:-1, 1:-1]

    def _row_chunks(self, queries_shape, grid_shape):
        batch, rows, columns = queries_shape[:3]
        if rows is None or columns is None:
            return [slice(None)]
        bytes_per_row = COPIES * 4 * (batch or 1) * columns * grid_shape[1] * grid_shape[2]
        return split(rows, bytes_per_row, self.attention_memory_mb)

    def _keys(self, features, trimap):
        """The keys, divided by their norms and times `scale`, and who does not attend to them.

        Returns:
            Tuple of float32 `[batch, cells, 9 * key_dim]`, cells of the grid in row-major order, and int32
            `[batch, 1, cells]`, the cell whose query leaves out each key: its own, or -1 for none.
        """
        batch, height, width, channels = ops.shape(features)
        cells = height * width
        keys = features + self.trimap_conv(trimap) if self.trimap_embedding else features
        keys = ops.reshape(patches(keys), (batch, cells, 9 * channels))
        keys = keys * (self.scale / l2_norm(keys))
        unknown = trimap[..., 1:2]
        unknown_keys = ops.reshape(ops.max(patches(unknown), axis=-1), (batch, 1, cells)) > 0
        if not self.trimap_embedding:
            keys = keys * ops.swapaxes(_balance(unknown, unknown_keys), -1, -2)
        return keys, ops.where(unknown_keys, ops.arange(cells, dtype="int32"), -1)

    def _scores(self, queries, keys, excluded, cells, embeddings):
        """Of some rows of queries and all keys, `[batch, queries, cells]`.

        Args:
            queries: `[batch, rows, columns, 9 * key_dim]`.
            keys, excluded: what `_keys` returns.
            cells: int32 `[rows, columns]`, numbers of the queries' cells.
            embeddings: of the queries' offsets to all rows and to all columns, as `_offset_embeddings` returns them.
        """
        batch, rows, columns, channels = ops.shape(queries)
        flat = ops.reshape(queries, (batch, rows * columns, channels))
        scores = ops.matmul(flat, ops.swapaxes(keys, -1, -2))
        scores = ops.where(ops.reshape(cells, (-1, 1)) == excluded, EXCLUDED, scores)
        if self.positional_encoding:
            centres = queries[..., 4 * self.key_channels : 5 * self.key_channels]
            scores = scores + ops.reshape(self._offset_scores(centres, *embeddings), ops.shape(scores))
        return scores

    def _offset_embeddings(self, positions, n):
        """Of the distances of positions along an axis to all its cells, `[positions, key_dim, n]`."""
        distances = ops.abs(positions[:, None] - ops.arange(n, dtype="int32"))
        return ops.swapaxes(self.offset_embedding(distances), -1, -2)

    def _offset_scores(self, features, row_embeddings, column_embeddings):
        """`[batch, rows, columns, height, width]`."""
        rows = ops.matmul(features, row_embeddings)
        columns = ops.swapaxes(ops.matmul(ops.swapaxes(features, 1, 2), column_embeddings), 1, 2)
        return ops.expand_dims(rows, -1) + ops.expand_dims(columns, -2)

    def _weighted_sum(self, attention, values):
        """Sums the 2 x 2 shifts of the attention map first, so that one product yields overlapping patches at once.

        Args:
            attention: `[batch, rows, columns, height, width]`.
            values: `[batch, (height + 1) * (width + 1), channels]`.

        Returns:
            `[batch, rows + 1, columns + 1, channels]`.
        """
        for query_axis, key_axis in ((1, 3), (2, 4)):
            # The released code with stride 1 moves the query back where the key moves on, which is no fold.
            moved = (1, 0) if self.stride == 2 else (0, 1)
            shifts = {query_axis: (1, 0), key_axis: moved}, {query_axis: (0, 1), key_axis: moved[::-1]}
            attention = ops.add(*(pad_zero(attention, shift) for shift in shifts))
        batch, rows, columns, height, width = ops.shape(attention)
        attention = ops.cast(ops.reshape(attention, (batch, rows * columns, height * width)), values.dtype)
        y = ops.matmul(attention, values) / 4
        return ops.reshape(y, (batch, rows, columns, values.shape[-1]))

    def get_config(self):
        return {**super().get_config(), "stride": self.stride, "trimap_embedding": self.trimap_embedding}


def _balance(unknown, unknown_keys):
    """Per-key factor that makes up for the unequal numbers of unknown and known pixels, `[batch, 1, cells]`."""
    share = ops.reshape(ops.mean(unknown, axis=(1, 2, 3)), (-1, 1, 1))
    tiny = 1e-6  # keeps both ratios finite; the bounds take over long before

    def factor(a, b):
        return ops.clip(ops.sqrt(a / ops.maximum(b, tiny)), 0.1, 10.0)

    return ops.where(unknown_keys, factor(share, 1 - share), factor(1 - share, share))
