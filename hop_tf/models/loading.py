"""Loading networks from files, presets and folders."""

import contextlib
import itertools
import os
from collections.abc import Iterator
from typing import Any

import keras

from hop_tf.layers import MattingInput
from hop_tf.models.hop_matting import HOPMatting
from hop_tf.models.keras_settings import supported_policy
from hop_tf.models.presets import DEFAULT_PRESET, presets
from hop_tf.models.weights_file import check_weights_file


def load_model(path: str | os.PathLike, compile: bool = True) -> keras.Model:
    """Load a model that `model.save` wrote, with this package's layers, losses and optimizers.

    `keras.models.load_model` finds these classes too, once `hop_tf` has been imported.

    Args:
        path: `.keras` file.
        compile: bool, whether to restore the optimizer, its state and the loss, to continue training.

    Returns:
        `keras.Model`; a saved `HOPMatting` is a `HOPMatting` again.

    Raises:
        ValueError: if the file does not exist or is not a model.

    Example:
        >>> import tempfile
        >>> path = tempfile.mkdtemp() + "/small.keras"
        >>> HOPMatting(width=0.25).save(path)
        >>> load_model(path).width
        0.25
    """
    return keras.models.load_model(path, compile=compile, safe_mode=True)


def load_network(path: str | os.PathLike, preset: str = DEFAULT_PRESET) -> keras.Model:
    """Load a network for inference from a file, a preset, a folder or the Hugging Face Hub.

    Args:
        path: one of: a `.keras` file; a `.weights.h5` file; the name of a preset that has bundled weights; a folder
            that `HOPMatting.save_to_preset` wrote; or `hf://owner/name[@revision]`, such a folder on the Hugging Face
            Hub.
        preset: str, the preset that a `.weights.h5` file belongs to; ignored otherwise.

    Returns:
        `keras.Model`, not compiled.

    Raises:
        FileNotFoundError: if the file or folder does not exist.
        MissingPackageError: if `huggingface_hub`, which a `hf://` path needs, is not installed.
        ValueError: if the file is damaged or does not fit, or the preset is unknown or has no bundled weights.
    """
    supported_policy()  # otherwise the file would seem to be damaged
    path = os.fspath(path)
    is_model, is_weights = path.endswith(".keras"), path.endswith(".weights.h5")
    if not is_model and not is_weights:
        if os.path.isfile(path) and path not in presets:
            raise ValueError(f"A network is read from a .keras or a .weights.h5 file. Received: {path}")
        return HOPMatting.from_preset(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"No such model or weights file. Received: {path}")
    if is_model:
        with _one_kind_of_error(path, "a network saved by Keras"):
            return load_model(path, compile=False)
    model = HOPMatting.from_preset(preset, load_weights=False)
    with _one_kind_of_error(path, f"weights of the preset {preset}"):
        check_weights_file(path, model)
        model.load_weights(path)
    return model


@contextlib.contextmanager
def _one_kind_of_error(path: str, expected: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # Keras and h5py raise nearly anything on damaged and mismatched files
        raise ValueError(f"The file is damaged or does not hold {expected}. Received: {path}") from error


def check_inputs(model: keras.Model) -> None:
    """Check that a model takes a dictionary of `image` and `trimap`.

    Args:
        model: the model to check.

    Raises:
        ValueError: if it does not.
    """
    inputs = getattr(model, "input", None)  # models that are not functional have none
    if not isinstance(inputs, dict) or set(inputs) != {"image", "trimap"}:
        raise ValueError(f"The model must have the inputs `image` and `trimap`. Received: {inputs}")


def with_policy(model: keras.Model, policy: Any) -> keras.Model:
    """Return a copy of a network with the same weights and another dtype policy.

    The layers that normalise the input and finish alpha stay float32, as in every `HOPMatting`.

    Args:
        model: `HOPMatting`, a network that `fuse` returns, or another functional model.
        policy: dtype policy or its name, such as `"mixed_bfloat16"`.

    Returns:
        A model of the same class.
    """
    if isinstance(model, HOPMatting):
        copy = HOPMatting.from_config({**model.get_config(), "dtype": policy})
    else:
        copy = _clone_with_policy(model, keras.dtype_policies.get(policy).name)
    copy.set_weights(model.get_weights())
    return copy


def _clone_with_policy(model, policy):
    finish = {id(layer) for layer in _layers_after_the_last_weights(model)}

    def clone(layer):
        if isinstance(layer, keras.Model):
            return with_policy(layer, policy)
        config = layer.get_config()
        if isinstance(layer, keras.layers.Layer):  # operations such as slices have no policy
            config["dtype"] = "float32" if id(layer) in finish or isinstance(layer, MattingInput) else policy
        return type(layer).from_config(config)

    return keras.models.clone_model(model, clone_function=clone)


def _layers_after_the_last_weights(model):
    return itertools.takewhile(lambda layer: not getattr(layer, "weights", ()), reversed(model.operations))
