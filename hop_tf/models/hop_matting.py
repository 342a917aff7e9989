import contextlib

import keras
from keras import layers

from hop_tf.layers import GlobalHOP, LocalHOP, MattingInput
from hop_tf.models.blocks import Blocks, leaky_relu
from hop_tf.models.encoders import appearance_encoder, opacity_encoder
from hop_tf.models.presets import presets
from hop_tf.models.weights_file import check_weights_file
from hop_tf.weights import bundled_file


@keras.saving.register_keras_serializable(package="hop_tf")
class HOPMatting(keras.Model):
    """The matting network of Hierarchical Opacity Propagation (Li, Xu and Lu, 2020, Figure 2).

    From a photo and a trimap it predicts each pixel's opacity. A U-Net of opacity features with two encoders: at four
    levels of its decoder HOP blocks pass opacity on between pixels that look alike, as the appearance encoder sees it.

    Args:
        window_size: odd int, side of the local blocks' window (1, 5 and 9 in the paper).
        global_stride: 1 or 2, the global block attends on the grid of every 1st or 2nd pixel at 1/16 resolution.
        positional_encoding: bool, PosE of Table 6.
        trimap_embedding: bool, TriE of Table 6.
        global_hop: bool, whether there is a global block.
        local_hops: 0 to 3, how many local blocks, counted from the coarsest level.
        attention: `"hop"` takes queries and keys from appearance features; `"self"` takes them from the opacity
            features themselves (Table 5).
        width: float, multiplies all channel counts.
        bn_epsilon: float, epsilon of every BatchNorm.
        attention_memory_mb: number of megabytes, or None: what attention may take at a time in each block; see
            `hop_tf.layers.GlobalHOP`. It changes memory alone, not what is computed.
        dtype: dtype policy or its name, such as `"mixed_float16"`; the global policy when None.

    Inputs:
        A dictionary of `image`, `[batch, height, width, 3]`, RGB in 0..255, and `trimap`,
        `[batch, height, width, 1]` in 0..255 (background below 85, foreground from 170, else unknown), of any numeric
        dtype; height and width multiples of 32.

    Output:
        alpha, `[batch, height, width, 1]`, float32 in 0..1. Known pixels are not overwritten; `hop_tf.Predictor`
        does that.

    Raises:
        ValueError: on an argument that no network can be built with.

    Example:
        >>> model = HOPMatting.from_preset("hop_s_9x9")
        >>> model.predict({"image": np.zeros((1, 64, 96, 3)), "trimap": np.full((1, 64, 96, 1), 128)}).shape
        (1, 64, 96, 1)
    """

    def __init__(
        self,
        window_size=9,
        global_stride=2,
        positional_encoding=True,
        trimap_embedding=True,
        global_hop=True,
        local_hops=3,
        attention="hop",
        width=1.0,
        bn_epsilon=1e-3,
        attention_memory_mb=512,
        dtype=None,
        **kwargs,
    ):
        if local_hops not in (0, 1, 2, 3):
            raise ValueError(f"`local_hops` must be 0, 1, 2 or 3. Received: local_hops={local_hops}")
        if attention not in ("hop", "self"):
            raise ValueError(f'`attention` must be "hop" or "self". Received: attention={attention}')
        if width <= 0 or 16 * width % 4:
            raise ValueError(f"`width` must make 16 * width a positive multiple of 4. Received: width={width}")
        if window_size < 1 or window_size % 2 == 0:
            raise ValueError(f"`window_size` must be odd and positive. Received: window_size={window_size}")
        if global_stride not in (1, 2):
            raise ValueError(f"`global_stride` must be 1 or 2. Received: global_stride={global_stride}")
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        blocks = Blocks(bn_epsilon)
        hop = {
            "positional_encoding": positional_encoding,
            "attention_memory_mb": attention_memory_mb,
            "bn_momentum": blocks.bn_momentum,
            "bn_epsilon": bn_epsilon,
        }

        def channels(published):
            return int(published * width)

        with _dtype_policy(policy):
            # === Input and encoders ===
            inputs = {
                "image": keras.Input((None, None, 3), name="image"),
                "trimap": keras.Input((None, None, 1), name="trimap"),
            }
            rgb, trimap = MattingInput(name="matting_input")(inputs["image"], inputs["trimap"])
            x, shortcuts = opacity_encoder(blocks, layers.Concatenate(name="encoder_input")([rgb, trimap]), channels)
            appearance = appearance_encoder(blocks, rgb, channels)

            # === Decoder ===
            for stage, (filters, depth) in enumerate([(256, 2), (128, 3), (64, 3), (32, 2)], start=1):
                stride = 2 ** (5 - stage)
                for block in range(depth):
                    x = blocks.residual_up(
                        x, channels(filters), f"decoder_stage{stage}_block{block}", upsample=block == 0
                    )
                x = layers.Add(name=f"decoder_stage{stage}_add_shortcut")([x, shortcuts[5 - stage]])
                key_dim = appearance[stride].shape[-1] // 2
                query_source = appearance[stride] if attention == "hop" else x
                if stage == 1 and global_hop:
                    x = GlobalHOP(global_stride, key_dim, trimap_embedding=trimap_embedding, name="global_hop", **hop)(
                        query_source, x, trimap[:, ::16, ::16]
                    )
                elif 1 < stage <= local_hops + 1:
                    x = LocalHOP(window_size, key_dim, name=f"local_hop{stage - 1}", **hop)(query_source, x)

            # === Output ===
            x = blocks.upconv(x, channels(32), "decoder_final_conv")
            x = leaky_relu(blocks.norm(x, "decoder_final_bn"), "decoder_final_relu")
            x = layers.Add(name="decoder_final_add_shortcut")([x, shortcuts[0]])
            x = layers.Conv2D(1, 3, padding="same", name="decoder_alpha_conv")(x)
            x = layers.Activation("tanh", dtype="float32", name="decoder_alpha_tanh")(x)
            alpha = layers.Rescaling(0.5, 0.5, dtype="float32", name="alpha")(x)

        # === Functional model ===
        super().__init__(inputs=inputs, outputs=alpha, **kwargs)
        self.dtype_policy = policy

        # === Config ===
        self.window_size = window_size
        self.global_stride = global_stride
        self.positional_encoding = positional_encoding
        self.trimap_embedding = trimap_embedding
        self.global_hop = global_hop
        self.local_hops = local_hops
        self.attention = attention
        self.width = width
        self.bn_epsilon = bn_epsilon
        self.attention_memory_mb = attention_memory_mb

    @classmethod
    def from_preset(cls, preset, load_weights=True, **kwargs):
        """Builds the network of a preset, by default with its bundled weights.

        Args:
            preset: str, a key of `hop_tf.presets`.
            load_weights: bool. If False the network starts at random.
            **kwargs: arguments of `HOPMatting` to override; with weights, only those that leave the network as it
                is, such as `dtype`.

        Raises:
            OSError: if the bundled weights are missing.
            ValueError: if their SHA-256 is not the published one, on an unknown preset, or where weights are asked for
                and the preset has none or another network than its own is asked for.
        """
        if preset not in presets:
            raise ValueError(f"Unknown preset; the presets are {', '.join(presets)}. Received: preset={preset}")
        config, weights = presets[preset]["config"], presets[preset]["weights"]
        if load_weights and weights is None:
            available = ", ".join(name for name in presets if presets[name]["weights"])
            raise ValueError(
                f"This preset has no bundled weights (only {available} has): pass load_weights=False, then load your "
                f"own or the authors' with hop_tf.load_released_checkpoint. Received: preset={preset}"
            )
        model = cls(**{"name": preset, **config, **kwargs})
        if load_weights:
            path = bundled_file(*weights)
            check_weights_file(path, model)
            model.load_weights(path)
        return model

    @property
    def config(self):
        """The arguments that make this network, without name, dtype and what changes memory alone."""
        return {
            "window_size": self.window_size,
            "global_stride": self.global_stride,
            "positional_encoding": self.positional_encoding,
            "trimap_embedding": self.trimap_embedding,
            "global_hop": self.global_hop,
            "local_hops": self.local_hops,
            "attention": self.attention,
            "width": self.width,
            "bn_epsilon": self.bn_epsilon,
        }

    def get_config(self):
        return {
            **self.config,
            "attention_memory_mb": self.attention_memory_mb,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        dtype = config.pop("dtype", None)
        if isinstance(dtype, dict):
            dtype = keras.saving.deserialize_keras_object(dtype)
        return cls(dtype=dtype, **config)


@contextlib.contextmanager
def _dtype_policy(policy):
    """Makes `policy` the global one within a `with` block."""
    outer = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(outer)
