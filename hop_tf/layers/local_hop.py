import keras
import numpy as np
from keras import ops

from hop_tf.layers.halo_tiles import join_tiles, split_into_tiles
from hop_tf.layers.hop_block import HOPBlock, l2_norm
from hop_tf.layers.offset_embedding import OffsetEmbedding
from hop_tf.layers.padding import pad_end, reflect_pad

EXCLUDED = -1e9  # added up to three times; no score comes near


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
        bn_momentum, bn_epsilon: floats, of the output's BatchNorm.

    Call arguments:
        appearance: `[batch, height, width, appearance_channels]`.
        opacity: `[batch, height, width, channels]`.

    Returns:
        `[batch, height, width, channels]`, the compute dtype.

    Raises:
        ValueError: if `window_size` is not odd and positive, or `tile_size` not positive.

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
        self._build_block(appearance_shape, opacity_shape)
        if self.positional_encoding:
            self.offset_embedding = OffsetEmbedding(
                self.radius + 1, self.key_channels, dtype=self.dtype_policy, name="offset_embedding"
            )
            self.offset_embedding.build()
        self.built = True

    def call(self, appearance, opacity, training=False):
        y = self._propagate(self._query_key_features(appearance), opacity)
        return self._add_output(opacity, y, training)

    def compute_output_shape(self, appearance_shape, opacity_shape):
        return opacity_shape

    def _propagate(self, features, opacity):
        if self.window_size == 1:
            return ops.zeros_like(opacity)
        radius, tile, side = self.radius, self.tile_size, self.halo_side
        height, width = ops.shape(opacity)[1:3]
        to_tile = (-height % tile, -width % tile)
        features = features / l2_norm(features)

        queries = split_into_tiles(pad_end(features, *to_tile), tile)
        halo = ((radius, radius), (radius, radius))
        keys = split_into_tiles(pad_end(reflect_pad(features, *halo), *to_tile), tile, radius)
        values = split_into_tiles(pad_end(reflect_pad(opacity, *halo), *to_tile), tile, radius)

        # The position of a key enters as further channels: one-hot codes of its row and its column within the halo.
        rows, columns = self._offset_scores(queries)
        codes = np.eye(side, dtype="float32")
        codes = np.concatenate([np.repeat(codes, side, axis=0), np.tile(codes, (side, 1))], axis=1)
        codes = ops.broadcast_to(ops.convert_to_tensor(codes), (*ops.shape(keys)[:-1], 2 * side))
        queries = ops.concatenate([self.scale * queries, rows, columns], axis=-1)
        keys = ops.concatenate([keys, codes], axis=-1)
        scores = ops.matmul(queries, ops.swapaxes(keys, -1, -2)) + self._self_exclusion()
        weights = ops.cast(ops.softmax(scores), values.dtype)
        y = join_tiles(ops.matmul(weights, values), tile)
        return y[:, :height, :width]

    def _offset_scores(self, queries):
        """Scores of each query for each row and each column of its halo, `EXCLUDED` beyond its window.

        Args:
            queries: `[batch, tile_rows, tile_columns, tile**2, key_dim]`.

        Returns:
            Two float32 `[batch, tile_rows, tile_columns, tile**2, side]`.
        """
        radius, tile, side = self.radius, self.tile_size, self.halo_side
        distance = np.abs(np.arange(side) - radius - np.arange(tile)[:, None])  # [tile, side]
        batch, tile_rows, tile_columns, _, dim = ops.shape(queries)

        if self.positional_encoding:
            embeddings = ops.swapaxes(self.offset_embedding(distance), -1, -2)  # [tile, key_dim, side]
            grid = ops.reshape(queries, (batch, tile_rows, tile_columns, tile, tile, dim))
            rows = self.scale * ops.matmul(grid, embeddings)
            columns = self.scale * ops.swapaxes(ops.matmul(ops.swapaxes(grid, 3, 4), embeddings), 3, 4)
        else:
            rows = columns = ops.zeros((batch, tile_rows, tile_columns, tile, tile, side))
        rows = ops.where(distance[:, None] <= radius, rows, EXCLUDED)
        columns = ops.where(distance[None] <= radius, columns, EXCLUDED)
        shape = (batch, tile_rows, tile_columns, tile * tile, side)
        return ops.reshape(rows, shape), ops.reshape(columns, shape)

    def _self_exclusion(self):
        """`[tile**2, side**2]`: `EXCLUDED` where the key is the query itself, else 0."""
        radius, tile, side = self.radius, self.tile_size, self.halo_side
        own = np.zeros((tile, tile, side, side), "float32")
        y, x = np.mgrid[:tile, :tile]
        own[y, x, y + radius, x + radius] = EXCLUDED
        return ops.convert_to_tensor(own.reshape(tile * tile, side * side))

    def get_config(self):
        return {**super().get_config(), "window_size": self.window_size, "tile_size": self.tile_size}
