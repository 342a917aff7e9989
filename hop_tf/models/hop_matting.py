import contextlib
import os
from collections.abc import Iterator
from typing import Any

import keras
from keras import layers

from hop_tf.layers import GlobalHOP, LocalHOP, MattingInput
from hop_tf.models.blocks import LAST, Blocks, leaky_relu
from hop_tf.models.encoders import appearance_encoder, opacity_encoder
from hop_tf.models.frozen_layers import freeze_layers, frozen_layers
from hop_tf.models.input_check import check_inputs, check_inputs_in_graph, one_error
from hop_tf.models.keras_settings import supported_policy
from hop_tf.models.preset_folder import WEIGHTS_FILE, find_folder, read_config, save_folder
from hop_tf.models.presets import presets
from hop_tf.models.weights_file import check_weights_file
from hop_tf.weights import bundled_file


@keras.saving.register_keras_serializable(package="hop_tf")
class HOPMatting(keras.Model):
    """The matting network of Hierarchical Opacity Propagation (Li, Xu and Lu, 2020, Figure 2).

    The network predicts the opacity of each pixel from a photo and a trimap. It is a U-Net of opacity features with a
    second, smaller encoder of appearance features. At four levels of the decoder, a HOP block propagates opacity
    between pixels of similar appearance: `GlobalHOP` at 1/16 of the photo's size, `LocalHOP` at 1/8, 1/4 and 1/2.

    Args:
        window_size: odd int, side of the window of the local blocks in pixels (1, 5 and 9 in the paper).
        global_stride: 1 or 2, distance between the points that the global block attends on, at 1/16 size.
        positional_encoding: bool, whether attention scores depend on offsets (PosE in Table 6).
        trimap_embedding: bool, whether keys of the global block depend on the trimap (TriE in Table 6).
        global_hop: bool, whether the network has the global block.
        local_hops: int, 0 to 3, number of local blocks, from the coarsest level on.
        attention: `"hop"` computes queries and keys from appearance features, `"self"` from the opacity features
            themselves (Table 5).
        width: float, factor that multiplies all channel counts.
        bn_epsilon: float, epsilon of every BatchNorm.
        attention_memory_mb: memory limit of the attention in each block in megabytes, or `None` for no limit; see
            `hop_tf.layers.GlobalHOP`. It does not affect the result.
        dtype: dtype policy or its name: `"float32"`, `"mixed_float16"` or `"mixed_bfloat16"`. `None` takes the global
            policy.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: dictionary of two tensors of any numeric dtype, whose height and width are multiples of 32:
            `image`, `[batch, height, width, 3]`, RGB in 0..255, or one channel of grey, and `trimap`,
            `[batch, height, width, 1]` in 0..255: background below 85, foreground from 170, unknown between.
        training: bool, whether BatchNorm and spectral normalisation train.

    Returns:
        Alpha, float32 `[batch, height, width, 1]` in 0..1. Known pixels are not overwritten; `hop_tf.Predictor` does
        that.

    Raises:
        ValueError: if an argument is unknown or out of range, the dtype policy is another one, or the inputs have other
            shapes, differ in size, or have a height or width that is not a multiple of 32; or if a trimap, as a NumPy
            array, has levels in 0..1.

    Example:
        >>> model = HOPMatting.from_preset("hop_s_9x9")
        >>> alpha = model({"image": np.zeros((1, 64, 96, 3)), "trimap": np.full((1, 64, 96, 1), 128)})
        >>> print(alpha.shape)
        (1, 64, 96, 1)
    """

    def __init__(
        self,
        window_size: int = 9,
        global_stride: int = 2,
        positional_encoding: bool = True,
        trimap_embedding: bool = True,
        global_hop: bool = True,
        local_hops: int = 3,
        attention: str = "hop",
        width: float = 1.0,
        bn_epsilon: float = 1e-3,
        attention_memory_mb: float | None = 512,
        dtype: Any = None,
        **kwargs: Any,
    ):
        if unknown := ", ".join(kwargs.keys() - {"name", "trainable"}):  # Keras would ignore them
            raise ValueError(f"`HOPMatting` has no such arguments. Received: {unknown}")
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
        policy = supported_policy(dtype)
        blocks = Blocks(bn_epsilon)
        hop: dict[str, Any] = {
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
                "image": keras.Input((None, None, 3), dtype="float32", name="image"),
                "trimap": keras.Input((None, None, 1), dtype="float32", name="trimap"),
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
            x = layers.Conv2D(1, 3, padding="same", data_format=LAST, name="decoder_alpha_conv")(x)
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

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        check_inputs(inputs)
        return super().__call__(inputs, *args, **kwargs)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        check_inputs_in_graph(inputs)
        return super().call(inputs, training=training, mask=mask, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Predict as `keras.Model.predict` does; inputs that do not fit raise a `ValueError`."""
        with one_error(x):
            return super().predict(x, *args, **kwargs)

    def predict_on_batch(self, x: Any) -> Any:
        """Predict as `keras.Model.predict_on_batch` does; inputs that do not fit raise a `ValueError`."""
        with one_error(x):
            return super().predict_on_batch(x)

    @classmethod
    def from_preset(cls, preset: str | os.PathLike, load_weights: bool = True, **kwargs: Any) -> "HOPMatting":
        """Build the network of a preset, by default with its weights.

        Args:
            preset: a key of `hop_tf.presets`; the path of a folder that `save_to_preset` wrote; or
                `hf://owner/name`, such a folder on the Hugging Face Hub, optionally followed by `@` and a branch, tag
                or commit.
            load_weights: bool, whether to load the weights. Otherwise they are initialised at random.
            **kwargs: arguments of `HOPMatting` to override. With weights, only those that leave the architecture
                unchanged, such as `dtype`.

        Returns:
            `HOPMatting`.

        Raises:
            MissingPackageError: if `huggingface_hub`, which a `hf://` handle needs, is not installed.
            OSError: if weights are missing, damaged, or cannot be downloaded.
            ValueError: if the preset is unknown, has no weights, or has those of another architecture, or if the
                SHA-256 of bundled weights is not the published one.

        Example:
            >>> model = HOPMatting.from_preset("hop_9x9", load_weights=False, width=0.25)
            >>> model.window_size, model.width
            (9, 0.25)
        """
        preset = os.fspath(preset)
        if preset in presets:
            config = {"name": preset, **presets[preset]["config"]}
            weights = presets[preset]["weights"]
        elif folder := find_folder(preset):
            config, weights = read_config(folder), folder / WEIGHTS_FILE
        else:
            raise ValueError(
                f"Unknown preset: neither a folder, nor hf://owner/name, nor one of {', '.join(presets)}. "
                f"Received: preset={preset}"
            )
        if load_weights and weights is None:
            available = ", ".join(name for name in presets if presets[name]["weights"])
            raise ValueError(
                f"This preset has no bundled weights; these have: {available}. Pass load_weights=False, then load your "
                f"own or the authors' with hop_tf.load_released_checkpoint. Received: preset={preset}"
            )
        model = cls.from_config({**config, **kwargs})
        if load_weights:
            path = bundled_file(*weights) if preset in presets else weights
            check_weights_file(path, model)
            model.load_weights(path)
        return model

    def save_to_preset(self, folder: str | os.PathLike) -> None:
        """Save arguments, weights and a model card to a folder that `from_preset` and `hop_tf.Predictor` read.

        The files are `config.json`, `model.weights.h5` and `README.md`, and can be uploaded to the Hugging Face Hub as
        they are. The folder appears whole or not at all.

        Args:
            folder: path; new, empty, or a folder saved before, which is replaced.

        Raises:
            FileExistsError: if the folder holds anything else.

        Example:
            >>> import tempfile
            >>> folder = tempfile.mkdtemp()
            >>> HOPMatting(width=0.25).save_to_preset(folder)
            >>> HOPMatting.from_preset(folder).width
            0.25
        """
        save_folder(self, folder)

    @property
    def config(self) -> dict[str, Any]:
        """Arguments that define the architecture: all except name, dtype and `attention_memory_mb`."""
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

    def get_config(self) -> dict[str, Any]:
        return {
            **self.config,
            "attention_memory_mb": self.attention_memory_mb,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            "name": self.name,
            "trainable": self.trainable,
            "frozen_layers": frozen_layers(self),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "HOPMatting":
        config = dict(config)
        dtype = config.pop("dtype", None)
        frozen = config.pop("frozen_layers", None)
        if isinstance(dtype, dict):
            dtype = keras.saving.deserialize_keras_object(dtype)
        model = cls(dtype=dtype, **config)
        if frozen is not None:
            freeze_layers(model, frozen)
        return model


@contextlib.contextmanager
def _dtype_policy(policy: keras.DTypePolicy) -> Iterator[None]:
    """Set the global dtype policy within a `with` block."""
    outer = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(outer)
