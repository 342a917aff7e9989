from typing import Any

import keras
import numpy as np
from keras import ops

from hop_tf.layers.cells import depth_to_space
from hop_tf.layers.chunks import split
from hop_tf.layers.hop_block import HOPBlock, l2_norm
from hop_tf.layers.patches import extract_patches
from hop_tf.layers.types import Shape, Tensor

EXCLUDED = -1e9  # far below any score
COPIES = 3  # largest number of copies of the scores that exist at once


@keras.saving.register_keras_serializable(package="hop_tf")
class LocalHOP(HOPBlock):
    """Local hierarchical opacity propagation (Section 3.3, Eq. 3): attention within a window around each pixel.

    Each pixel receives the opacity features of its neighbours, weighted by how similar they look:

        score(p, p+o) = scale * f(p) . (f(p+o) + e[|oy|] + e[|ox|])
        y(p) = sum over o != 0 of softmax(score)(p, p+o) * opacity(p+o)
        output = opacity + BatchNorm(conv1x1(y))

    where `f` is a 1 x 1 convolution of the appearance feature, divided by its L2 norm at each pixel, and `e` the
    `OffsetEmbedding`. A pixel does not attend to itself. Borders are mirrored. Scores and softmax are float32.

    With window k and tile size t, a patch of size `t + 2 * (k // 2)` and stride t holds every window of its t x t
    pixels: for a 9 x 9 window, tiles of 8 x 8 pixels in patches of 16 x 16. So attention over windows takes two matrix
    products per tile, queries by keys and weights by values, instead of k * k shifted copies of the feature map. A
    constant mask removes the pixels of the patch beyond the window of each query.

    Args:
        window_size: odd int, side of the window in pixels. With 1 there are no neighbours, and `y` is 0.
        key_dim: int, number of channels of `f`. `None` takes half those of the appearance feature.
        positional_encoding: bool, whether scores depend on the offset (PosE).
        tile_size: int, side of a tile in pixels. It affects only speed and memory.
        attention_memory_mb: memory limit of attention in megabytes, or `None` for no limit. Beyond it, the block
            processes a few rows of tiles at a time, at least one, with the same output. The limit does not apply in
            training or where height or width is unknown when the graph is built.
        bn_momentum, bn_epsilon: floats, momentum and epsilon of the output's BatchNorm.
        fused: bool, whether the output has a plain convolution and no BatchNorm, as after `hop_tf.fuse`.
        frozen_layers: names of the layers inside that do not train, such as `["output_norm"]`. With `None`, all of
            them train or none, as `trainable` says.

    Call arguments:
        appearance: appearance feature, float `[batch, height, width, appearance_channels]`.
        opacity: opacity feature, float `[batch, height, width, channels]`.
        training: bool, whether BatchNorm and spectral normalisation train.

    Returns:
        Opacity feature `[batch, height, width, channels]`, the compute dtype.

    Raises:
        ValueError: if `window_size` is not odd and positive, `tile_size` or `attention_memory_mb` is not positive, or
            `frozen_layers` has a name of no layer.

    Example:
        >>> layer = LocalHOP(window_size=9)
        >>> y = layer(np.ones((1, 24, 32, 64)), np.ones((1, 24, 32, 128)))
        >>> print(y.shape)
        (1, 24, 32, 128)
    """

    def __init__(
        self,
        window_size: int = 9,
        key_dim: int | None = None,
        positional_encoding: bool = True,
        tile_size: int = 8,
        **kwargs: Any,
    ):
        super().__init__(key_dim=key_dim, positional_encoding=positional_encoding, **kwargs)
        if window_size < 1 or window_size % 2 == 0:
            raise ValueError(f"`window_size` must be odd and positive. Received: window_size={window_size}")
        if tile_size < 1:
            raise ValueError(f"`tile_size` must be positive. Received: tile_size={tile_size}")
        self.window_size = window_size
        self.tile_size = tile_size
        self.radius = window_size // 2
        self.patch_size = tile_size + 2 * self.radius

    def build(self, appearance_shape: Shape, opacity_shape: Shape) -> None:
        self._build_block(appearance_shape, opacity_shape, self.radius + 1)
        self.built = True

    def call(self, appearance: Tensor, opacity: Tensor, training: bool = False) -> Tensor:
        return self._add_output(opacity, self.propagate(appearance, opacity, training), training)

    def propagate(self, appearance: Tensor, opacity: Tensor, training: bool = False) -> Tensor:
        """Return `y` of the equations, `[batch, height, width, channels]`, from the call arguments of this layer."""
        features = self._query_key_features(appearance)
        if self.window_size == 1:
            return ops.zeros_like(opacity)
        features = features / l2_norm(features)
        batch, height, width, channels = ops.shape(opacity)
        chunks = [None] if training else self._row_chunks(*opacity.shape)
        parts: list[Tensor] = []
        for chunk in chunks:
            y = self._attend(features, opacity, chunk, parts[-1] if parts else None)
            rows = height if chunk is None else min(chunk.stop * self.tile_size, height) - chunk.start * self.tile_size
            parts.append(ops.slice(depth_to_space(y, self.tile_size), (0, 0, 0, 0), (batch, rows, width, channels)))
        return ops.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def _row_chunks(self, batch, height, width, channels):
        """Return slices of the rows of tiles, or `[None]` for all rows at once."""
        if height is None or width is None:
            return [None]
        rows, columns = (-(-n // self.tile_size) for n in (height, width))
        values_per_tile = self.patch_size**2 * (COPIES * self.tile_size**2 + channels)
        chunks = split(rows, 4 * (batch or 1) * columns * values_per_tile, self.attention_memory_mb)
        return chunks if len(chunks) > 1 else [None]

    def _attend(self, features, opacity, tile_rows, after):
        """Return `y` for some rows of tiles, computed after `after`: `[batch, rows, columns, tile**2 * channels]`."""
        tile, size = self.tile_size, self.patch_size
        queries = extract_patches(features, tile, tile, tile_rows, after)
        keys = extract_patches(features, size, tile, tile_rows, after)
        values = extract_patches(opacity, size, tile, tile_rows, after)
        batch, rows = ops.shape(queries)[:2]
        queries = self.scale * ops.reshape(queries, (-1, tile**2, self.key_channels))
        keys = ops.reshape(keys, (-1, size**2, self.key_channels))
        values = ops.reshape(values, (-1, size**2, opacity.shape[-1]))
        scores = ops.matmul(queries, ops.swapaxes(keys, -1, -2))  # Eq. 3
        if self.positional_encoding:
            # One-hot codes of a key's row and column in the patch select and add its two scores.
            codes = np.eye(size, dtype="float32")
            codes = np.concatenate([np.repeat(codes, size, axis=1), np.tile(codes, (1, size))])
            scores = scores + ops.matmul(ops.concatenate(self._offset_scores(queries), axis=-1), codes)
        weights = ops.cast(ops.softmax(scores + self._window_mask()), values.dtype)
        return ops.reshape(ops.matmul(weights, values), (batch, rows, -1, tile**2 * opacity.shape[-1]))

    def _offset_scores(self, queries):
        """Return the positional scores of the queries with each row and with each column of their patch.

        Args:
            queries: `[tiles, tile**2, key_dim]`.

        Returns:
            Two float32 tensors `[tiles, tile**2, size]`.
        """
        tile, size = self.tile_size, self.patch_size
        embeddings = ops.swapaxes(self.offset_embedding(self._distances()), -1, -2)  # [tile, key_dim, size]
        queries = ops.reshape(queries, (-1, tile, tile, self.key_channels))
        rows = ops.matmul(queries, embeddings)
        columns = ops.swapaxes(ops.matmul(ops.swapaxes(queries, 1, 2), embeddings), 1, 2)
        return tuple(ops.reshape(x, (-1, tile * tile, size)) for x in (rows, columns))

    def _distances(self):
        """Return the distances along one axis from each pixel of a tile to each of its patch: int `[tile, size]`."""
        return np.abs(np.arange(self.patch_size) - self.radius - np.arange(self.tile_size)[:, None])

    def _window_mask(self):
        """Return `EXCLUDED` where a key is the query itself or beyond its window, else 0: `[tile**2, size**2]`."""
        rows, columns = self._distances()[:, None, :, None], self._distances()[None, :, None, :]
        attended = (np.maximum(rows, columns) <= self.radius) & (np.maximum(rows, columns) > 0)
        mask = np.where(attended, np.float32(0), np.float32(EXCLUDED))
        return ops.convert_to_tensor(mask.reshape(self.tile_size**2, self.patch_size**2))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "window_size": self.window_size, "tile_size": self.tile_size}
