"""Hierarchical opacity propagation for image matting (Li, Xu and Lu, 2020) in Keras 3."""

import importlib
import os
from typing import TYPE_CHECKING, Any

from hop_tf.errors import MissingPackageError, install_hint
from hop_tf.models.registration import import_after_keras

if TYPE_CHECKING:
    from hop_tf.inference.predictor import Predictor
    from hop_tf.models.fusion import fuse
    from hop_tf.models.hop_matting import HOPMatting
    from hop_tf.models.loading import load_model
    from hop_tf.models.presets import presets
    from hop_tf.models.released_checkpoint import load_imagenet_encoder, load_released_checkpoint
    from hop_tf.training.losses import MattingLoss

__version__ = "0.1.0"

# In a checkout, datasets/, export/ and benchmarks/ lie beside this folder; installed, they lie in it.
_HERE = os.path.dirname(__file__)
if not os.path.isdir(os.path.join(_HERE, "datasets")):
    __path__.append(os.path.dirname(_HERE))

__all__ = [
    "HOPMatting",
    "MattingLoss",
    "Predictor",
    "fuse",
    "load_imagenet_encoder",
    "load_model",
    "load_released_checkpoint",
    "presets",
]

# Each name is imported on first use: Keras takes seconds to import, and exported networks run without it.
_HOMES = {
    "HOPMatting": "hop_tf.models.hop_matting",
    "MattingLoss": "hop_tf.training.losses",
    "Predictor": "hop_tf.inference.predictor",
    "fuse": "hop_tf.models.fusion",
    "load_imagenet_encoder": "hop_tf.models.released_checkpoint",
    "load_model": "hop_tf.models.loading",
    "load_released_checkpoint": "hop_tf.models.released_checkpoint",
    "presets": "hop_tf.models.presets",
}
_REGISTERED_IN = ("hop_tf.layers", "hop_tf.models.hop_matting", "hop_tf.training.losses", "hop_tf.training.optimizer")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name != "keras":
            raise
        raise MissingPackageError(f"hop_tf.{name} needs Keras: {install_hint('keras')}") from error


def __dir__() -> list[str]:
    return __all__


import_after_keras(_REGISTERED_IN)
