import keras
from keras import ops

from hop_tf.layers.halo_tiles import split_into_tiles
from hop_tf.layers.hop_block import HOPBlock, l2_norm
from hop_tf.layers.offset_embedding import OffsetEmbedding
from hop_tf.layers.padding import reflect_pad

MAX_DISTANCE = 7
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
        bn_momentum, bn_epsilon: floats, of the output's BatchNorm.
        fused: bool, whether the output has a plain convolution and no BatchNorm, as after `hop_tf.fuse`.

    Call arguments:
        appearance: `[batch, height, width, appearance_channels]`.
        opacity: `[batch, height, width, channels]`; height and width divisible by `stride`.
        trimap: `[batch, height, width, 3]`, one-hot background, unknown, foreground.

    Returns:
        `[batch, height, width, channels]`, the compute dtype.

    Raises:
        ValueError: on another `stride`, or a height or width that it does not divide.

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
        self._build_block(appearance_shape, opacity_shape)
        if self.positional_encoding:
            self.offset_embedding = OffsetEmbedding(
                MAX_DISTANCE, self.key_channels, dtype=self.dtype_policy, name="offset_embedding"
            )
            self.offset_embedding.build()
        if self.trimap_embedding:
            self.trimap_conv = keras.layers.Conv2D(
                self.key_channels, 1, kernel_initializer="zeros", dtype="float32", name="trimap_conv"
            )
            self.trimap_conv.build(trimap_shape)
        self.built = True

    def call(self, appearance, opacity, trimap, training=False):
        s = self.stride
        if any(n is not None and n % s for n in opacity.shape[1:3]):
            raise ValueError(f"Height and width must be divisible by `stride`, {s}. Received: {tuple(opacity.shape)}")
        features = self._query_key_features(appearance)[:, ::s, ::s]
        trimap = ops.cast(trimap, "float32")[:, ::s, ::s]
        attention = ops.softmax(self._scores(features, trimap))
        return self._add_output(opacity, self._propagate(attention, opacity, features), training)

    def _scores(self, features, trimap):
        """`[batch, cells, cells]`: one row a query, one column a key, cells of the grid in row-major order."""
        unknown = trimap[..., 1:2]
        keys = features + self.trimap_conv(trimap) if self.trimap_embedding else features
        keys = _patches(keys)
        keys = keys * (self.scale / l2_norm(keys))
        scores = ops.matmul(_patches(features), ops.swapaxes(keys, -1, -2))

        unknown_keys = ops.swapaxes(ops.max(_patches(unknown), axis=-1, keepdims=True), -1, -2)
        if not self.trimap_embedding:
            scores = scores * _balance(unknown, unknown_keys)
        cells = ops.arange(ops.shape(keys)[1])
        scores = scores + EXCLUDED * unknown_keys * ops.cast(cells[:, None] == cells, "float32")
        return scores + self._offset_scores(features) if self.positional_encoding else scores

    def _offset_scores(self, features):
        batch, height, width, _ = ops.shape(features)

        def embeddings(n):  # [n, key_dim, n]
            positions = ops.arange(n)
            return ops.swapaxes(self.offset_embedding(ops.abs(positions[:, None] - positions)), -1, -2)

        rows = ops.matmul(features, embeddings(height))
        columns = ops.swapaxes(ops.matmul(ops.swapaxes(features, 1, 2), embeddings(width)), 1, 2)
        scores = ops.expand_dims(rows, -1) + ops.expand_dims(columns, -2)
        return ops.reshape(scores, (batch, height * width, height * width))

    def _propagate(self, attention, opacity, features):
        """Sums the 2 x 2 shifts of the attention map first, so that one product yields overlapping patches at once."""
        batch, height, width, _ = ops.shape(features)
        s, channels = self.stride, opacity.shape[-1]
        attention = ops.reshape(attention, (batch, height, width, height, width))
        if s == 2:
            opacity = reflect_pad(opacity, (1, 1), (1, 1))
            for query_axis, key_axis in ((1, 3), (2, 4)):
                attention = _pad_zero(attention, (query_axis, key_axis), 0, 1) + _pad_zero(
                    attention, (query_axis, key_axis), 1, 0
                )
            grid = (height + 1, width + 1)
        else:
            opacity = reflect_pad(opacity, (1, 0), (1, 0))
            attention = _sum_diagonal(attention, 1, 3, height)
            attention = _sum_diagonal(attention, 2, 4, width)
            grid = (height, width)
        values = _space_to_depth(opacity, s)
        queries, keys = grid[0] * grid[1], (height + 1) * (width + 1)
        attention = ops.cast(ops.reshape(attention, (batch, queries, keys)), values.dtype)
        y = ops.matmul(attention, values) / 4
        y = _depth_to_space(y, *grid, s, channels)
        return y[:, 1:-1, 1:-1] if s == 2 else y

    def compute_output_shape(self, appearance_shape, opacity_shape, trimap_shape):
        return opacity_shape

    def get_config(self):
        return {**super().get_config(), "stride": self.stride, "trimap_embedding": self.trimap_embedding}


def _patches(x):
    """The 3 x 3 patch around each pixel, borders mirrored: `[batch, height * width, 9 * channels]`."""
    batch, height, width, channels = ops.shape(x)
    return ops.reshape(split_into_tiles(x, tile=1, halo=1), (batch, height * width, 9 * channels))


def _balance(unknown, unknown_keys):
    """Per-key factor that makes up for the unequal numbers of unknown and known pixels, `[batch, 1, cells]`."""
    share = ops.reshape(ops.mean(unknown, axis=(1, 2, 3)), (-1, 1, 1))
    tiny = 1e-6  # keeps both ratios finite; the bounds take over long before

    def factor(a, b):
        return ops.clip(ops.sqrt(a / ops.maximum(b, tiny)), 0.1, 10.0)

    return ops.where(unknown_keys > 0, factor(share, 1 - share), factor(1 - share, share))


def _pad_zero(x, axes, before, after):
    return ops.pad(x, [(before, after) if axis in axes else (0, 0) for axis in range(len(x.shape))])


def _sum_diagonal(attention, query_axis, key_axis, n):
    """`sum over u in {0, 1} of A(p+u-1, k-u)` along one axis pair, the query axis mirrored before its start."""
    mirrored = ops.take(attention, [1 if attention.shape[query_axis] != 1 else 0], axis=query_axis)
    previous = ops.concatenate([mirrored, attention], axis=query_axis)
    previous = previous[(slice(None),) * query_axis + (slice(0, n),)]
    return _pad_zero(previous, (key_axis,), 0, 1) + _pad_zero(attention, (key_axis,), 1, 0)


def _space_to_depth(x, size):
    batch, height, width, channels = ops.shape(x)
    height, width = height // size, width // size
    x = ops.reshape(x, (batch, height, size, width, size, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, height * width, size * size * channels))


def _depth_to_space(x, height, width, size, channels):
    x = ops.reshape(x, (-1, height, width, size, size, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, height * size, width * size, channels))
