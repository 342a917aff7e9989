"""The weights that a training starts from."""

from os import PathLike, fspath

from hop_tf.errors import first_line
from hop_tf.models.hop_matting import HOPMatting
from hop_tf.models.loading import load_network
from hop_tf.models.weights_file import check_weights_file
from hop_tf.training.config import ConfigError
from hop_tf.training.rules import PRESET


def load_initial_weights(model: HOPMatting, path: str | PathLike) -> None:
    """Load weights into a network that they fit.

    Args:
        model: the network; changed in place.
        path: a `.weights.h5` file, also a checkpoint of a training; a `.keras` file; or a preset with weights (a key of
            `hop_tf.presets`, a folder that `save_to_preset` wrote, or `hf://owner/name`).

    Raises:
        ConfigError: if the weights are damaged, or belong, or say that they belong, to another network.
    """
    path = fspath(path)
    try:
        if path.endswith(".keras") or PRESET.allows(path):
            given = load_network(path)
            if not isinstance(given, HOPMatting) or given.config != model.config:
                raise ValueError("It holds another network")
            model.set_weights(given.get_weights())
        else:
            check_weights_file(path, model)
            model.load_weights(path)
    except Exception as error:  # Keras and h5py raise nearly anything on damaged and mismatched files
        raise ConfigError(
            f"training.initial_weights {path!r} must be weights of the network that training.preset and training.width "
            f"describe ({first_line(error)})"
        ) from error
