"""Hierarchical opacity propagation for image matting (Li, Xu and Lu, 2020) in Keras 3."""

import importlib
import sys

__version__ = "0.1.0"

_HOMES = {
    "HOPMatting": "hop_tf.models.hop_matting",
    "MattingLoss": "hop_tf.training.losses",
    "Predictor": "hop_tf.inference.predictor",
    "fuse": "hop_tf.models.fusion",
    "load_imagenet_encoder": "hop_tf.models.released_checkpoint",
    "load_released_checkpoint": "hop_tf.models.released_checkpoint",
    "presets": "hop_tf.models.presets",
}
__all__ = sorted(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__():
    return __all__


# Keras takes seconds to import, and exported networks run without it: it comes with the first name that needs it. Where
# it is there already, the layers are registered at once, for `keras.models.load_model`.
if "keras" in sys.modules:
    for _name in _HOMES:
        __getattr__(_name)
