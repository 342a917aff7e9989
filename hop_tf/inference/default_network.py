"""Choice between the bundled networks, for users who name none."""

import importlib.util
from pathlib import Path

from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.models.presets import DEFAULT_PRESET, presets
from hop_tf.weights import bundled_file


def default_network(runtime: str | None = None, device: str | None = None, precision: str | None = None) -> str | Path:
    """Return the bundled network: its ONNX file for ONNX Runtime, or the name of its preset for Keras.

    ONNX Runtime is part of every installation, starts within a second and needs no TensorFlow. Keras runs the network
    if `runtime` or a precision other than float32 asks for it, or if Keras sees a GPU.

    Args:
        runtime: name of a runtime, or `None`.
        device: such as `"cpu"` or `"gpu:1"`, or `None`.
        precision: such as `"bfloat16"`, or `None`.

    Returns:
        `Path` of the ONNX file, or the name of the preset.

    Raises:
        OSError: if the bundled file is missing.
        ValueError: if it is not the published one.
    """
    wants_keras = runtime not in (None, "onnx") or precision not in (None, "float32")
    if wants_keras or (runtime is None and device != "cpu" and keras_sees_gpu()):
        return DEFAULT_PRESET
    return bundled_file(*presets[DEFAULT_PRESET]["onnx"])


def keras_sees_gpu() -> bool:
    """Return whether Keras is installed and can compute on a GPU. Imports Keras only if the driver reports a GPU."""
    if missing_gpu() or not importlib.util.find_spec("keras"):
        return False
    import keras

    try:
        return bool(keras.distribution.list_devices("gpu"))
    except RuntimeError:  # JAX without GPU support
        return False
