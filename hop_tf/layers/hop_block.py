from typing import Any

import keras
from keras import ops

from hop_tf.layers.batch_norm import BatchNormalization
from hop_tf.layers.gradients import value_and_gradient
from hop_tf.layers.offset_embedding import OffsetEmbedding
from hop_tf.layers.spectral_conv import SpectralConv2D
from hop_tf.layers.types import Shape, Tensor

INNER_LAYERS = ("query_key_conv", "output_conv", "output_norm", "offset_embedding", "trimap_conv")


class HOPBlock(keras.layers.Layer):
    """Base class of `GlobalHOP` and `LocalHOP` (Section 3.3).

    It holds the parts that both share: the features `f` of queries and keys, the learned scale of the scores, and the
    output `opacity + BatchNorm(conv1x1(y))`. Subclasses define `propagate`, which computes `y`.

    Args:
        key_dim: int, number of channels of `f`. `None` takes half those of the appearance feature.
        positional_encoding: bool, whether scores depend on the offset between query and key (PosE).
        attention_memory_mb: memory limit of attention in megabytes, or `None` for no limit.
        bn_momentum, bn_epsilon: floats, momentum and epsilon of the output's BatchNorm.
        fused: bool, whether the output has a plain convolution and no BatchNorm, as after `hop_tf.fuse`.
        frozen_layers: names of the layers inside that do not train, such as `["output_norm"]`. With `None`, all of
            them train or none, as `trainable` says.
    """

    def __init__(
        self,
        key_dim: int | None = None,
        positional_encoding: bool = True,
        attention_memory_mb: float | None = 512,
        bn_momentum: float = 0.9,
        bn_epsilon: float = 1e-3,
        fused: bool = False,
        frozen_layers: list[str] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if attention_memory_mb is not None and attention_memory_mb <= 0:
            raise ValueError(
                f"`attention_memory_mb` must be positive or None. Received: attention_memory_mb={attention_memory_mb}"
            )
        if unknown := ", ".join(sorted(set(frozen_layers or ()) - set(INNER_LAYERS))):
            raise ValueError(f"`frozen_layers` must be of {', '.join(INNER_LAYERS)}. Received: {unknown}")
        self.key_dim = key_dim
        self.positional_encoding = positional_encoding
        self.attention_memory_mb = attention_memory_mb
        self.bn_momentum = bn_momentum
        self.bn_epsilon = bn_epsilon
        self.fused = fused
        self._frozen_layers = None if frozen_layers is None else tuple(frozen_layers)  # Keras would track a list

    @property
    def frozen_layers(self) -> list[str] | None:
        """Names of the layers inside that do not train; `None` if all of them train or none, as the block itself."""
        if not self.built:
            return None if self._frozen_layers is None else list(self._frozen_layers)
        if all(layer.trainable == self.trainable for layer in self._layers):
            return None
        return [layer.name for layer in self._layers if not layer.trainable]

    def _build_block(self, appearance_shape, opacity_shape, max_distance):
        self.key_channels = self.key_dim or appearance_shape[-1] // 2
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones", autocast=False)
        self.query_key_conv = conv1x1(self.key_channels, **self._own("query_key_conv"))
        self.query_key_conv.build(appearance_shape)
        own = self._own("output_conv")
        filters = opacity_shape[-1]
        self.output_conv = conv1x1(filters, **own) if self.fused else SpectralConv2D(filters, 1, **own)
        self.output_conv.build(opacity_shape)
        if not self.fused:
            self.output_norm = BatchNormalization(
                momentum=self.bn_momentum,
                epsilon=self.bn_epsilon,
                gamma_initializer=keras.initializers.Constant(0.1),
                **self._own("output_norm"),
            )
            self.output_norm.build(opacity_shape)
        if self.positional_encoding:
            self.offset_embedding = OffsetEmbedding(max_distance, self.key_channels, **self._own("offset_embedding"))
            self.offset_embedding.build()

    def _own(self, name):
        """Return the arguments of a layer inside."""
        trainable = self.trainable if self._frozen_layers is None else name not in self._frozen_layers
        return {"name": name, "trainable": trainable, "dtype": self.dtype_policy}

    def _query_key_features(self, appearance):
        """Return `f`, `[batch, height, width, key_dim]`, in float32: no score is computed in half precision."""
        return ops.cast(self.query_key_conv(appearance), "float32")

    def attention_of(self, pixel: tuple[int, int], appearance: Tensor, opacity: Tensor, *trimap: Tensor) -> Tensor:
        """Return the attention weights of one pixel: where its opacity comes from.

        `propagate` returns a weighted sum of opacity features, so its gradient with respect to them is exactly the
        weights that the block uses, mirrored borders and overlapping patches included.

        Args:
            pixel: pair of ints, row and column on the block's own feature map.
            appearance, opacity, *trimap: the call arguments of the block.

        Returns:
            float32 `[batch, height, width]`, not negative, with a sum of 1 per photo. There are two exceptions: with a
            window of 1 all weights are 0; in the global block with stride 2, where fewer patches overlap at the border
            as in the released network, the sum is 1/2 for the outermost pixels and 1/4 in the corners.

        Raises:
            NotImplementedError: on a backend other than TensorFlow and JAX.
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

    def compute_output_shape(self, appearance_shape: Shape, opacity_shape: Shape, *trimap_shape: Shape) -> Shape:
        return opacity_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "key_dim": self.key_dim,
            "positional_encoding": self.positional_encoding,
            "attention_memory_mb": self.attention_memory_mb,
            "bn_momentum": self.bn_momentum,
            "bn_epsilon": self.bn_epsilon,
            "fused": self.fused,
            "frozen_layers": self.frozen_layers,
        }


def conv1x1(filters: int, **kwargs: Any) -> keras.layers.Conv2D:
    """Return a 1 x 1 convolution over the last axis, regardless of Keras' global image data format."""
    return keras.layers.Conv2D(filters, 1, data_format="channels_last", **kwargs)


def l2_norm(x: Tensor) -> Tensor:
    """Return the L2 norm over the last axis, which is kept with size 1; at least 1e-4 and differentiable at 0."""
    return ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=-1, keepdims=True), 1e-8))
