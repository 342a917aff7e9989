"""From a photo and a trimap as they come to an alpha of the photo's size."""

import os

import keras
import numpy as np

from hop_tf.input_size import padding_to_input_size
from hop_tf.models.hop_matting import HOPMatting
from hop_tf.models.weights_file import check_weights_file
from hop_tf.trimap import split_trimap


class Predictor:
    """Runs a matting network on photos of any size.

    Args:
        model_or_path: a `keras.Model` with the inputs of `hop_tf.HOPMatting`; or the path of a `.keras` file, or of a
            `.weights.h5` file; or the name of a preset that has bundled weights.
        preset: str, the preset that a `.weights.h5` file belongs to. Not used otherwise.

    Raises:
        FileNotFoundError: if a weights or model file does not exist.
        ValueError: if the file is damaged or does not fit, or the preset is unknown or has no bundled weights.

    Example:
        >>> predictor = Predictor("hop_s_9x9")
        >>> predictor.predict(np.zeros((75, 100, 3), np.uint8), np.full((75, 100), 128, np.uint8)).shape
        (75, 100)
    """

    def __init__(self, model_or_path, preset="hop_s_9x9"):
        self.model = model_or_path if isinstance(model_or_path, keras.Model) else _load(model_or_path, preset)
        inputs = getattr(self.model, "input", None)  # some kinds of model have none
        if not isinstance(inputs, dict) or set(inputs) != {"image", "trimap"}:
            raise ValueError(f"The model must have the inputs `image` and `trimap`. Received: {inputs}")

    def predict(self, image, trimap):
        """Predicts the alpha of one photo.

        Args:
            image: uint8 array `[height, width, 3]`, RGB in 0..255, of any size from 1 x 1.
            trimap: uint8 array `[height, width]`: below 85 background, from 170 foreground, else unknown.

        Returns:
            float32 array `[height, width]` in 0..1, exactly 0 and 1 where the trimap is known. If nothing is unknown
            the network is not run.

        Raises:
            ValueError: on a wrong type or shape, or when photo and trimap differ in size.
            FloatingPointError: if the network's output is not finite, as that of untrained or damaged weights.
        """
        _check(image, trimap)
        unknown, known_alpha = split_trimap(trimap)
        if not unknown.any():
            return known_alpha
        # A compiled function, about three times as fast on a CPU as calling the model. TensorFlow traces it anew for
        # the first few sizes, then once for all sizes; JAX compiles it for every size.
        alpha = self.model.predict_on_batch(
            {"image": _pad(image)[None].astype(np.float32), "trimap": _pad(trimap)[None, :, :, None].astype(np.float32)}
        )
        alpha = np.asarray(alpha, np.float32)[0, : image.shape[0], : image.shape[1], 0]
        if not np.isfinite(alpha[unknown]).all():
            raise FloatingPointError("The network's alpha is not finite: its weights are untrained or damaged")
        return np.where(unknown, np.clip(alpha, 0, 1), known_alpha)


def _check(image, trimap):
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"`image` must be a uint8 array of shape [height, width, 3]. Received: {_describe(image)}")
    if not isinstance(trimap, np.ndarray) or trimap.dtype != np.uint8 or trimap.ndim != 2:
        raise ValueError(f"`trimap` must be a uint8 array of shape [height, width]. Received: {_describe(trimap)}")
    if image.shape[:2] != trimap.shape or image.size == 0:
        raise ValueError(
            "`image` and `trimap` must have the same height and width, at least 1. "
            f"Received: image {image.shape}, trimap {trimap.shape}"
        )


def _describe(value):
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def _pad(array):
    """Reflects `[height, width, ...]` at its bottom and right edge up to a size the network takes.

    An edge shorter than the padding is reflected again and again; a single row or column is repeated.
    """
    padding = [(0, missing) for missing in padding_to_input_size(*array.shape[:2])]
    return np.pad(array, padding + [(0, 0)] * (array.ndim - 2), mode="reflect")


def _load(path, preset):
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
