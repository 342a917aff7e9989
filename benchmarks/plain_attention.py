"""HOP blocks computed as in the released code, in efficient TensorFlow: the baseline of the attention benchmark.

They have the same weights as the layers and, up to rounding, the same output.
"""

import itertools

import tensorflow as tf

from hop_tf.layers import GlobalHOP, LocalHOP
from hop_tf.layers.global_hop import EXCLUDED
from hop_tf.layers.hop_block import l2_norm
from hop_tf.layers.padding import reflect_pad


class ShiftedSlices(LocalHOP):
    """Local HOP with one shifted slice of the whole map for each neighbour in the window."""

    def propagate(self, appearance: tf.Tensor, opacity: tf.Tensor, training: bool = False) -> tf.Tensor:
        r, (height, width) = self.radius, opacity.shape[1:3]
        features = self._query_key_features(appearance)
        features = features / l2_norm(features)
        keys, values = (reflect_pad(x, (r, r), (r, r)) for x in (features, opacity))
        embeddings = self.offset_embedding(tf.range(r + 1))
        offset_scores = tf.unstack(tf.einsum("bhwc,tc->bhwt", features, embeddings), axis=-1)
        offsets = [o for o in itertools.product(range(-r, r + 1), repeat=2) if o != (0, 0)]

        def shifted(x, dy, dx):
            return x[:, r + dy : r + dy + height, r + dx : r + dx + width]

        scores = [
            tf.reduce_sum(features * shifted(keys, dy, dx), -1) + offset_scores[abs(dy)] + offset_scores[abs(dx)]
            for dy, dx in offsets
        ]
        weights = tf.unstack(tf.nn.softmax(self.scale * tf.stack(scores, -1)), axis=-1)
        y = tf.zeros_like(opacity)
        for weight, offset in zip(weights, offsets, strict=True):
            y += weight[..., None] * shifted(values, *offset)
        return y


class ConvWithPatches(GlobalHOP):
    """Global HOP of one photo, stride 2: convolution with key patches, transposed convolution with value patches."""

    def propagate(
        self, appearance: tf.Tensor, opacity: tf.Tensor, trimap: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        features, trimap = self._query_key_features(appearance)[:, ::2, ::2], trimap[:, ::2, ::2]
        _, height, width, channels = features.shape
        cells = height * width
        kernel = _patches(features + self.trimap_conv(trimap), 3, 1)
        kernel = kernel * (self.scale / l2_norm(kernel))
        kernel = tf.transpose(tf.reshape(kernel, (cells, 3, 3, channels)), (1, 2, 3, 0))
        scores = tf.nn.conv2d(reflect_pad(features, (1, 1), (1, 1)), kernel, 1, "VALID")
        unknown_keys = tf.reduce_max(_patches(trimap[..., 1:2], 3, 1), -1)
        scores = tf.reshape(scores, (cells, cells)) + EXCLUDED * unknown_keys * tf.eye(cells)
        embeddings = [self._offset_embeddings(tf.range(n), n) for n in (height, width)]
        scores += tf.reshape(self._offset_scores(features, *embeddings), scores.shape)
        attention = tf.reshape(tf.nn.softmax(scores), (1, height, width, cells))
        values = tf.reshape(_patches(opacity, 4, 2), (cells, 4, 4, opacity.shape[-1]))
        folded = (1, 2 * height + 2, 2 * width + 2, opacity.shape[-1])
        y = tf.nn.conv2d_transpose(attention, tf.transpose(values, (1, 2, 3, 0)), folded, 2, "VALID")
        return y[:, 1:-1, 1:-1] / 4


def _patches(x: tf.Tensor, size: int, stride: int) -> tf.Tensor:
    x = tf.image.extract_patches(
        reflect_pad(x, (1, 1), (1, 1)), (1, size, size, 1), (1, stride, stride, 1), (1, 1, 1, 1), "VALID"
    )
    return tf.reshape(x, (-1, x.shape[-1]))
