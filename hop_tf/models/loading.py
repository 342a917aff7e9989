"""From the name of a file or preset to a network."""

import os

import keras

from hop_tf.models.hop_matting import HOPMatting
from hop_tf.models.weights_file import check_weights_file


def load_network(path, preset="hop_s_9x9"):
    """Reads a network as it was saved.

    Args:
        path: of a `.keras` file, or of a `.weights.h5` file; or the name of a preset that has bundled weights.
        preset: str, the preset that a `.weights.h5` file belongs to. Not used otherwise.

    Returns:
        `keras.Model`.

    Raises:
        FileNotFoundError: if the file does not exist.
        ValueError: if the file is damaged or does not fit, or the preset is unknown or has no bundled weights.
    """
    path = os.fspath(path)
    is_model, is_weights = path.endswith(".keras"), path.endswith(".weights.h5")
    if not is_model and not is_weights:
        if os.path.exists(path):
            raise ValueError(f"A network is read from a .keras or a .weights.h5 file. Received: {path}")
        return HOPMatting.from_preset(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"No such model or weights file. Received: {path}")
    model = None if is_model else HOPMatting.from_preset(preset, load_weights=False)
    try:
        if is_model:
            return keras.models.load_model(path, compile=False, safe_mode=True)
        check_weights_file(path, model)
        model.load_weights(path)
        return model
    except Exception as error:  # Keras and h5py raise nearly anything on damaged and on unfitting files
        expected = "a network saved by Keras" if is_model else f"weights of the preset {preset}"
        raise ValueError(f"The file is damaged or does not hold {expected}. Received: {path}") from error


def check_inputs(model):
    """Raises a `ValueError` if a `keras.Model` does not take `image` and `trimap`."""
    inputs = getattr(model, "input", None)  # some kinds of model have none
    if not isinstance(inputs, dict) or set(inputs) != {"image", "trimap"}:
        raise ValueError(f"The model must have the inputs `image` and `trimap`. Received: {inputs}")


def with_policy(model, policy):
    """A copy of a `HOPMatting` with the same weights and another dtype policy, such as `"mixed_bfloat16"`."""
    copy = HOPMatting.from_config({**model.get_config(), "dtype": policy})
    copy.set_weights(model.get_weights())
    return copy
