"""Prediction with errors that name the photo, for commands and the demo page."""

import os
from typing import Protocol

import numpy as np

from hop_tf.errors import UserError


class AlphaPredictor(Protocol):
    """An object that predicts the alpha of a photo, such as `hop_tf.Predictor`."""

    def predict(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Return the alpha of one photo; see `hop_tf.Predictor.predict`."""
        ...


def find_alpha(
    predictor: AlphaPredictor, photo_path: str | os.PathLike, photo: np.ndarray, trimap: np.ndarray
) -> np.ndarray:
    """Predict the alpha of a photo; errors name the photo.

    Args:
        predictor: the network.
        photo_path: name of the photo in error messages.
        photo: uint8 `[height, width, 3]`, RGB.
        trimap: uint8 `[height, width]`.

    Returns:
        float32 `[height, width]` in 0..1.

    Raises:
        UserError: if the network's output is not finite, or the photo does not fit into memory.
    """
    try:
        return predictor.predict(photo, trimap)
    except FloatingPointError as error:
        raise UserError(f"{photo_path}: no alpha found; the weights are untrained or damaged") from error
    except Exception as error:
        # The out-of-memory errors of TensorFlow and JAX have no common class, only these words.
        if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error) or "OOM" in str(error):
            height, width = trimap.shape
            raise UserError(
                f"{photo_path}: not enough memory for {width} x {height} pixels; use --tile with a smaller number"
            ) from error
        raise
