import keras
import numpy as np
from keras import ops

from hop_tf.layers.chunks import split
from hop_tf.layers.halo_tiles import join_tiles, split_into_tiles
from hop_tf.layers.hop_block import HOPBlock, l2_norm

EXCLUDED = -1e9  # no score comes near
COPIES = 3  # of the scores, at most, that exist at a time


@keras.saving.register_keras_serializable(package="hop_tf")
class LocalHOP(HOPBlock):
    """Local hierarchical opacity propagation (Section 3.3, Eq. 3): attention within a window around each pixel.

    A pixel takes over the opacity features of those neighbours that look like it:

        score(p, p+o) = scale * f(p) . (f(p+o) + e[|oy|] + e[|ox|])
        y(p) = sum over o != 0 of softmax(score)(p, p+o) * opacity(p+o)
        output = opacity + BatchNorm(conv1x1(y))

    where `f` is a 1 x 1 convolution of the appearance feature, divided by its norm at each pixel, and `e` the
    `OffsetEmbedding`. The pixel itself takes no part; borders are mirrored. Scores and softmax are float32.

    Args:
        window_size: odd int, side of the window in pixels. At 1 the window holds no neighbour and `y` is 0.
        key_dim: int, channels of `f`; half those of the appearance feature when None.
        positional_encoding: bool, whether scores depend on the offset.
        tile_size: int, side of the square of pixels that are attended to together. It changes the speed alone.
        attention_memory_mb: number of megabytes, or None for no limit. Where scores and what is computed from them
            would take more, a few rows of tiles are attended to at a time, at least one: the same output. There is no
            limit in training, nor where height or width are unknown when the graph is built.
        bn_momentum, bn_epsilon: floats, of the output's BatchNorm.
        fused: bool, whether the output has a plain convolution and no BatchNorm, as after `hop_tf.fuse`.

    Call arguments:
        appearance: `[batch, height, width, appearance_channels]`.
        opacity: `[batch, height, width, channels]`.

    Returns:
        `[batch, height, width, channels]`, the compute dtype.

    Raises:
        ValueError: if `window_size` is not odd and positive, or `tile_size` or `attention_memory_mb` not positive.

    Example:
        >>> layer = LocalHOP(window_size=9)
        >>> layer(np.ones((1, 24, 32, 64)), np.ones((1, 24, 32, 128))).shape
        (1, 24, 32, 128)
    """

    def __init__(self, window_size=9, key_dim=None, positional_encoding=True, tile_size=8, **kwargs):
        super().__init__(key_dim=key_dim, positional_encoding=positional_encoding, **kwargs)
        if window_size < 1 or window_size % 2 == 0:
            raise ValueError(f"`window_size` must be odd and positive. Received: window_size={window_size}")
        if tile_size < 1:
            raise ValueError(f"`tile_size` must be positive. Received: tile_size={tile_size}")
        self.window_size = window_size
        self.tile_size = tile_size
        self.radius = window_size // 2
        self.halo_side = tile_size + 2 * self.radius

    def build(self, appearance_shape, opacity_shape):
        self._build_block(appearance_shape, opacity_shape, self.radius + 1)
        self.built = True

    def call(self, appearance, opacity, training=False):
        return self._add_output(opacity, self.propagate(appearance, opacity, training), training)

    def propagate(self, appearance, opacity, training=False):
        """`y` of the equations, `[batch, height, width, channels]`; arguments as in the call."""
        features = self._query_key_features(appearance)
        if self.window_size == 1:
            return ops.zeros_like(opacity)
        features = features / l2_norm(features)
        batch, height, width, _ = ops.shape(opacity)
        chunks = [None] if training else self._row_chunks(*opacity.shape)
        parts = []
        for chunk in chunks:
            y = self._attend(features, opacity, chunk, parts[-1] if parts else None)
            rows = height if chunk is None else min(chunk.stop * self.tile_size, height) - chunk.start * self.tile_size
            parts.append(join_tiles(y, self.tile_size, batch, rows, width))
        return ops.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def _row_chunks(self, batch, height, width, channels):
        """Slices of the rows of tiles; `[None]` for all at once."""
        if height is None or width is None:
            return [None]
        rows, columns = (-(-n // self.tile_size) for n in (height, width))
        values_per_tile = self.halo_side**2 * (COPIES * self.tile_size**2 + channels)
        chunks = split(rows, 4 * (batch or 1) * columns * values_per_tile, self.attention_memory_mb)
        return chunks if len(chunks) > 1 else [None]

    def _attend(self, features, opacity, tile_rows, after):
        """What these rows of tiles take over, computed after another tensor: `[tiles, tile**2, channels]`."""
        tile, side = self.tile_size, self.halo_side
        queries = self.scale * split_into_tiles(features, tile, 0, tile_rows, after)
        keys = split_into_tiles(features, tile, self.radius, tile_rows, after)
        values = split_into_tiles(opacity, tile, self.radius, tile_rows, after)
        scores = ops.matmul(queries, ops.swapaxes(keys, -1, -2))
        if self.positional_encoding:
            # One-hot codes of the row and the column of each key in the halo pick its two scores.
            codes = np.eye(side, dtype="float32")
            codes = np.concatenate([np.repeat(codes, side, axis=1), np.tile(codes, (1, side))])
            scores = scores + ops.matmul(ops.concatenate(self._offset_scores(queries), axis=-1), codes)
        weights = ops.cast(ops.softmax(scores + self._window_mask()), values.dtype)
        return ops.matmul(weights, values)

    def _offset_scores(self, queries):
        """Scores of the queries, `[tiles, tile**2, key_dim]`, for each row and each column of their halo.

        Returns:
            Two float32 `[tiles, tile**2, side]`.
        """
        tile, side = self.tile_size, self.halo_side
        embeddings = ops.swapaxes(self.offset_embedding(self._distances()), -1, -2)  # [tile, key_dim, side]
        queries = ops.reshape(queries, (-1, tile, tile, self.key_channels))
        rows = ops.matmul(queries, embeddings)
        columns = ops.swapaxes(ops.matmul(ops.swapaxes(queries, 1, 2), embeddings), 1, 2)
        return tuple(ops.reshape(x, (-1, tile * tile, side)) for x in (rows, columns))

    def _distances(self):
        """Along one axis, from each pixel of a tile to each of its halo: int array `[tile, side]`."""
        return np.abs(np.arange(self.halo_side) - self.radius - np.arange(self.tile_size)[:, None])

    def _window_mask(self):
        """`[tile**2, side**2]`: `EXCLUDED` where the key is the query itself or beyond its window, else 0."""
        rows, columns = self._distances()[:, None, :, None], self._distances()[None, :, None, :]
        attended = (np.maximum(rows, columns) <= self.radius) & (np.maximum(rows, columns) > 0)
        mask = np.where(attended, np.float32(0), np.float32(EXCLUDED))
        return ops.convert_to_tensor(mask.reshape(self.tile_size**2, self.halo_side**2))

    def get_config(self):
        return {**super().get_config(), "window_size": self.window_size, "tile_size": self.tile_size}
