import keras
from keras import ops

from hop_tf.layers.batch_norm import BatchNormalization
from hop_tf.layers.gradients import value_and_gradient
from hop_tf.layers.offset_embedding import OffsetEmbedding
from hop_tf.layers.spectral_conv import SpectralConv2D


class HOPBlock(keras.layers.Layer):
    """What local and global HOP share: queries and keys from the appearance feature, a learned scale, the output."""

    def __init__(
        self,
        key_dim=None,
        positional_encoding=True,
        attention_memory_mb=512,
        bn_momentum=0.9,
        bn_epsilon=1e-3,
        fused=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if attention_memory_mb is not None and attention_memory_mb <= 0:
            raise ValueError(
                f"`attention_memory_mb` must be positive or None. Received: attention_memory_mb={attention_memory_mb}"
            )
        self.key_dim = key_dim
        self.positional_encoding = positional_encoding
        self.attention_memory_mb = attention_memory_mb
        self.bn_momentum = bn_momentum
        self.bn_epsilon = bn_epsilon
        self.fused = fused

    def _build_block(self, appearance_shape, opacity_shape, max_distance):
        self.key_channels = self.key_dim or appearance_shape[-1] // 2
        policy = self.dtype_policy
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones", autocast=False)
        self.query_key_conv = keras.layers.Conv2D(self.key_channels, 1, dtype=policy, name="query_key_conv")
        self.query_key_conv.build(appearance_shape)
        output_conv = keras.layers.Conv2D if self.fused else SpectralConv2D
        self.output_conv = output_conv(opacity_shape[-1], 1, dtype=policy, name="output_conv")
        self.output_conv.build(opacity_shape)
        if not self.fused:
            self.output_norm = BatchNormalization(
                momentum=self.bn_momentum,
                epsilon=self.bn_epsilon,
                gamma_initializer=keras.initializers.Constant(0.1),
                dtype=policy,
                name="output_norm",
            )
            self.output_norm.build(opacity_shape)
        if self.positional_encoding:
            self.offset_embedding = OffsetEmbedding(
                max_distance, self.key_channels, dtype=policy, name="offset_embedding"
            )
            self.offset_embedding.build()

    def _query_key_features(self, appearance):
        """`f` of the equations, `[batch, height, width, key_dim]`, float32: no score is computed in half precision."""
        return ops.cast(self.query_key_conv(appearance), "float32")

    def attention_of(self, pixel, appearance, opacity, *trimap):
        """Where one pixel takes opacity from: the weights that the block itself computes with.

        What `propagate` returns is a weighted sum of opacity features, so the weights of a pixel are its derivative by
        them, mirrored borders and overlapping patches included. TensorFlow and JAX alone can compute it.

        Args:
            pixel: pair of ints, row and column on the block's own feature map.
            appearance, opacity, *trimap: as in the call.

        Returns:
            float32 `[batch, height, width]`, at least 0, of sum 1. Two exceptions: with a window of 1 all are 0, and
            in the global block with stride 2 the sum is 1/2 for the outermost pixels and 1/4 in the corners, where as
            in the released network fewer patches overlap.

        Raises:
            NotImplementedError: on another backend.
        """
        row, column = pixel
        one_channel = ops.zeros((*opacity.shape[:3], 1))

        def propagated(x):
            return ops.sum(self.propagate(appearance, x, *trimap)[:, row, column])

        return value_and_gradient(propagated, one_channel)[1][..., 0]

    def _add_output(self, opacity, y, training):
        if self.fused:
            return opacity + self.output_conv(y)
        return opacity + self.output_norm(self.output_conv(y, training=training), training=training)

    def compute_output_shape(self, appearance_shape, opacity_shape, *trimap_shape):
        return opacity_shape

    def get_config(self):
        return {
            **super().get_config(),
            "key_dim": self.key_dim,
            "positional_encoding": self.positional_encoding,
            "attention_memory_mb": self.attention_memory_mb,
            "bn_momentum": self.bn_momentum,
            "bn_epsilon": self.bn_epsilon,
            "fused": self.fused,
        }


def l2_norm(x):
    """Norms over the last axis, at least 1e-4, with that axis kept; differentiable at 0."""
    return ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=-1, keepdims=True), 1e-8))
