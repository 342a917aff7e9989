from typing import Any

import keras
from keras import ops

from hop_tf.layers.cells import depth_to_space, overlap_add, pad_zero, space_to_depth
from hop_tf.layers.chunks import split, wait_for
from hop_tf.layers.hop_block import HOPBlock, conv1x1, l2_norm
from hop_tf.layers.padding import mirrored, reflect_pad
from hop_tf.layers.patches import extract_patches
from hop_tf.layers.types import Shape, Tensor

MAX_DISTANCE = 7  # cells of the grid
COPIES = 4  # largest number of copies of the attention map that exist at once
EXCLUDED = -1e4  # finite, as released: in a grid of a single cell, that cell must keep a weight of 1


@keras.saving.register_keras_serializable(package="hop_tf")
class GlobalHOP(HOPBlock):
    """Global hierarchical opacity propagation (Section 3.3, Eq. 2 and 4): every pixel attends to every other.

    The block attends on the grid of every `stride`-th pixel. With `f` a 1 x 1 convolution of the appearance feature,
    `t` a 1 x 1 convolution of the one-hot trimap, `e` the `OffsetEmbedding` and `P` the 3 x 3 patch around a pixel,
    borders mirrored:

        score(q, k) = scale * P(f)(q) . P(f+t)(k) / |P(f+t)(k)|  +  f(q) . (e[|dy|] + e[|dx|])
        y = softmax(score) applied to the opacity feature's patches of 2 * stride pixels, overlaps averaged
        output = opacity + BatchNorm(conv1x1(y))

    Distances beyond 7 cells of the grid share an embedding. A query does not attend to itself where its patch holds
    unknown pixels. Scores and softmax are float32. Where the released network differs from the paper's equations, which
    normalise the query too and compare single pixels, this block follows the released network.

    Args:
        stride: 1 or 2, distance between grid points in pixels of the feature map.
        key_dim: int, number of channels of `f`. `None` takes half those of the appearance feature.
        positional_encoding: bool, whether scores depend on the offset (PosE).
        trimap_embedding: bool, whether keys contain the trimap embedding `t` (TriE). Without it, the content scores of
            unknown keys are multiplied by `sqrt(u / (1 - u))` and those of known keys by its inverse, both clipped to
            0.1..10, where `u` is the unknown share of the grid.
        attention_memory_mb: memory limit of attention in megabytes, or `None` for no limit. Beyond it, the block
            processes a few rows of the grid at a time, at least one, with the same output up to float32 rounding. The
            limit does not apply in training or where height or width is unknown when the graph is built.
        bn_momentum, bn_epsilon: floats, momentum and epsilon of the output's BatchNorm.
        fused: bool, whether the output has a plain convolution and no BatchNorm, as after `hop_tf.fuse`.
        frozen_layers: names of the layers inside that do not train, such as `["output_norm"]`. With `None`, all of
            them train or none, as `trainable` says.

    Call arguments:
        appearance: appearance feature, float `[batch, height, width, appearance_channels]`.
        opacity: opacity feature, float `[batch, height, width, channels]`; `stride` divides height and width.
        trimap: `[batch, height, width, 3]`, one-hot background, unknown region, foreground.
        training: bool, whether BatchNorm and spectral normalisation train.

    Returns:
        Opacity feature `[batch, height, width, channels]`, the compute dtype.

    Raises:
        ValueError: if `stride` is neither 1 nor 2 or does not divide height and width, `attention_memory_mb` is not
            positive, or `frozen_layers` has a name of no layer.

    Example:
        >>> trimap = np.ones((1, 24, 32, 3))
        >>> y = GlobalHOP()(np.ones((1, 24, 32, 64)), np.ones((1, 24, 32, 256)), trimap)
        >>> print(y.shape)
        (1, 24, 32, 256)
    """

    def __init__(
        self,
        stride: int = 2,
        key_dim: int | None = None,
        positional_encoding: bool = True,
        trimap_embedding: bool = True,
        **kwargs: Any,
    ):
        super().__init__(key_dim=key_dim, positional_encoding=positional_encoding, **kwargs)
        if stride not in (1, 2):
            raise ValueError(f"`stride` must be 1 or 2. Received: stride={stride}")
        self.stride = stride
        self.trimap_embedding = trimap_embedding

    def build(self, appearance_shape: Shape, opacity_shape: Shape, trimap_shape: Shape) -> None:
        self._build_block(appearance_shape, opacity_shape, MAX_DISTANCE)
        if self.trimap_embedding:
            own = {**self._own("trimap_conv"), "dtype": "float32"}
            self.trimap_conv = conv1x1(self.key_channels, kernel_initializer="zeros", **own)
            self.trimap_conv.build(trimap_shape)
        self.built = True

    def call(self, appearance: Tensor, opacity: Tensor, trimap: Tensor, training: bool = False) -> Tensor:
        return self._add_output(opacity, self.propagate(appearance, opacity, trimap, training), training)

    def propagate(self, appearance: Tensor, opacity: Tensor, trimap: Tensor, training: bool = False) -> Tensor:
        """Return `y` of the equations, `[batch, height, width, channels]`, from the call arguments of this layer."""
        s = self.stride
        if any(n is not None and n % s for n in opacity.shape[1:3]):
            raise ValueError(f"Height and width must be divisible by `stride`, {s}. Received: {tuple(opacity.shape)}")
        features = self._query_key_features(appearance)[:, ::s, ::s]
        keys, excluded = self._keys(features, ops.cast(trimap, "float32")[:, ::s, ::s])
        values = space_to_depth(reflect_pad(opacity, (1, s - 1), (1, s - 1)), s)
        # At stride 1 a pixel also reads the attention of the cells above and to the left, mirrored at the border.
        before = 0 if s == 2 else 1
        queries = reflect_pad(extract_patches(features, 3, 1), (before, 0), (before, 0))
        grid = ops.shape(features)[1:3]
        rows, columns = (mirrored(ops.arange(-before, n, dtype="int32"), n) for n in grid)
        cells = rows[:, None] * grid[1] + columns
        row_embeddings, column_embeddings = None, None
        if self.positional_encoding:
            row_embeddings, column_embeddings = map(self._offset_embeddings, (rows, columns), grid)

        chunks = [slice(None)] if training else self._row_chunks(queries.shape, features.shape)
        parts: list[Tensor] = []
        for chunk in chunks:
            chunk_queries, chunk_cells, chunk_embeddings = queries, cells, row_embeddings
            if len(chunks) > 1:
                chunk_queries, chunk_cells = queries[:, chunk], cells[chunk]
                chunk_embeddings = None if row_embeddings is None else row_embeddings[chunk]
            if parts:
                chunk_queries, excluded = (wait_for(parts[-1], x) for x in (chunk_queries, excluded))
            scores = self._scores(chunk_queries, keys, excluded, chunk_cells, (chunk_embeddings, column_embeddings))
            attention = ops.reshape(ops.softmax(scores), (-1, *ops.shape(chunk_queries)[1:3], *grid))
            parts.append(self._weighted_sum(attention, values))
        return depth_to_space(overlap_add(parts), s)[:, 1:-1, 1:-1]

    def _row_chunks(self, queries_shape, grid_shape):
        batch, rows, columns = queries_shape[:3]
        if rows is None or columns is None:
            return [slice(None)]
        bytes_per_row = COPIES * 4 * (batch or 1) * columns * grid_shape[1] * grid_shape[2]
        return split(rows, bytes_per_row, self.attention_memory_mb)

    def _keys(self, features, trimap):
        """Return the keys of Eq. 2, divided by their norms and multiplied by `scale`, and the queries they exclude.

        Returns:
            Tuple of float32 `[batch, cells, 9 * key_dim]`, with the cells of the grid in row-major order, and int32
            `[batch, 1, cells]`: for each key the cell whose query must not attend to it, its own cell, or -1 for none.
        """
        batch, height, width, channels = ops.shape(features)
        cells = height * width
        keys = features + self.trimap_conv(trimap) if self.trimap_embedding else features  # TriE
        keys = ops.reshape(extract_patches(keys, 3, 1), (batch, cells, 9 * channels))
        keys = keys * (self.scale / l2_norm(keys))
        unknown = trimap[..., 1:2]
        unknown_keys = ops.reshape(ops.max(extract_patches(unknown, 3, 1), axis=-1), (batch, 1, cells)) > 0
        if not self.trimap_embedding:
            keys = keys * ops.swapaxes(_balance(unknown, unknown_keys), -1, -2)
        return keys, ops.where(unknown_keys, ops.arange(cells, dtype="int32"), -1)

    def _scores(self, queries, keys, excluded, cells, embeddings):
        """Return the scores of some rows of queries with all keys (Eq. 2 plus Eq. 4), `[batch, queries, cells]`.

        Args:
            queries: `[batch, rows, columns, 9 * key_dim]`.
            keys, excluded: see `_keys`.
            cells: int32 `[rows, columns]`, the cell numbers of the queries.
            embeddings: pair of embeddings of the queries' offsets to all rows and to all columns, from
                `_offset_embeddings`.
        """
        batch, rows, columns, channels = ops.shape(queries)
        flat = ops.reshape(queries, (batch, rows * columns, channels))
        scores = ops.matmul(flat, ops.swapaxes(keys, -1, -2))  # Eq. 2
        scores = ops.where(ops.reshape(cells, (-1, 1)) == excluded, EXCLUDED, scores)
        if self.positional_encoding:
            centres = queries[..., 4 * self.key_channels : 5 * self.key_channels]
            scores = scores + ops.reshape(self._offset_scores(centres, *embeddings), ops.shape(scores))  # Eq. 4
        return scores

    def _offset_embeddings(self, positions, n):
        """Return the embeddings of the distances from positions to `n` cells of an axis: `[positions, key_dim, n]`."""
        distances = ops.abs(positions[:, None] - ops.arange(n, dtype="int32"))
        return ops.swapaxes(self.offset_embedding(distances), -1, -2)

    def _offset_scores(self, features, row_embeddings, column_embeddings):
        """Return the positional scores (Eq. 4), `[batch, rows, columns, height, width]`."""
        rows = ops.matmul(features, row_embeddings)
        columns = ops.swapaxes(ops.matmul(ops.swapaxes(features, 1, 2), column_embeddings), 1, 2)
        return ops.expand_dims(rows, -1) + ops.expand_dims(columns, -2)

    def _weighted_sum(self, attention, values):
        """Return the weighted sum of overlapping patches of values, in one matrix product.

        The four shifts of the attention map are summed first. Their sum times the values in cells equals the patches
        weighted one by one and folded back, at a quarter of the arithmetic.

        Args:
            attention: `[batch, rows, columns, height, width]`.
            values: `[batch, (height + 1) * (width + 1), channels]`.

        Returns:
            `[batch, rows + 1, columns + 1, channels]`.
        """
        for query_axis, key_axis in ((1, 3), (2, 4)):
            # A fold adds attention of (query - u, key - u); the released code at stride 1 adds (query + u, key - u).
            moved = (1, 0) if self.stride == 2 else (0, 1)
            shifts = {query_axis: (1, 0), key_axis: moved}, {query_axis: (0, 1), key_axis: moved[::-1]}
            attention = ops.add(*(pad_zero(attention, shift) for shift in shifts))
        batch, rows, columns, height, width = ops.shape(attention)
        attention = ops.cast(ops.reshape(attention, (batch, rows * columns, height * width)), values.dtype)
        y = ops.matmul(attention, values) / 4
        return ops.reshape(y, (batch, rows, columns, values.shape[-1]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stride": self.stride, "trimap_embedding": self.trimap_embedding}


def _balance(unknown, unknown_keys):
    """Return a factor for each key that balances the numbers of unknown and known pixels: `[batch, 1, cells]`."""
    share = ops.reshape(ops.mean(unknown, axis=(1, 2, 3)), (-1, 1, 1))
    tiny = 1e-6  # keeps both ratios finite, far beyond the bounds of the clip

    def factor(a, b):
        return ops.clip(ops.sqrt(a / ops.maximum(b, tiny)), 0.1, 10.0)

    return ops.where(unknown_keys, factor(share, 1 - share), factor(1 - share, share))
