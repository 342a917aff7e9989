"""Keras networks, compiled."""

import contextlib
import os
from typing import Any

import keras
import numpy as np

from hop_tf.inference.runtimes.devices import choose_device
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.network import Network
from hop_tf.models.fusion import fuse
from hop_tf.models.hop_matting import HOPMatting
from hop_tf.models.loading import check_inputs, load_network, with_policy
from hop_tf.models.presets import DEFAULT_PRESET
from hop_tf.pictures.input_size import SMALLEST_SIZE

LARGE = 1024**2  # pixels from which a graph per size is worth the seconds that TensorFlow takes to trace it
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
NAMES = {policy: precision for precision, policy in POLICIES.items()}


class KerasNetwork(Network):
    """A network in Keras. A network loaded from a file is fused first.

    Args:
        source: a `keras.Model`, or a path or name that `hop_tf.models.loading.load_network` accepts.
        device: such as `"cpu"` or `"gpu:1"`; `None` for Keras' choice.
        precision: key of `POLICIES`, only for a `HOPMatting`; `None` keeps that of the model.
        preset: the preset that a `.weights.h5` file belongs to.

    Raises:
        NetworkError: if the device is missing, or a precision is requested for a network other than `HOPMatting`.
    """

    library = f"Keras ({keras.backend.backend()})"
    smallest = (1, SMALLEST_SIZE, SMALLEST_SIZE)
    base_bytes, bytes_per_pixel = 1.5e9, 500  # of hop_9x9; hop_s_9x9 takes 0.4 GB less

    def __init__(
        self,
        source: keras.Model | str | os.PathLike,
        device: str | None = None,
        precision: str | None = None,
        preset: str = DEFAULT_PRESET,
    ):
        super().__init__()
        self._device = device and choose_device(device, _devices(), f"Keras on {keras.backend.backend()}")
        with self._on_device():
            is_given = isinstance(source, keras.Model)
            model: Any = source if is_given else load_network(source, preset)
            check_inputs(model)
            is_matting = isinstance(model, HOPMatting)
            if precision:
                if not is_matting:
                    raise NetworkError("a precision can be chosen only for networks of the type HOPMatting")
                model = with_policy(model, POLICIES[precision])
            self.model = fuse(model) if is_matting and not is_given else model  # 10 % faster, and equal to 3e-6
        policy = getattr(model, "dtype_policy", None)
        self.precision = precision or NAMES.get(getattr(policy, "name", ""), "float32")
        here = _devices()
        self.device = (self._device or here[min(1, len(here) - 1)]).replace("cpu:0", "cpu")
        self._fixed = None

    def _run(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        with self._on_device():
            model = self.model if np.prod(image.shape[:3]) < LARGE else self._model_of_shape(*image.shape[:3])
            # A compiled function is about three times as fast on a CPU as calling the model. TensorFlow traces it for
            # each of the first few sizes, then once for all sizes; JAX compiles it for every size.
            return model.predict_on_batch({"image": image.astype(np.float32), "trimap": trimap.astype(np.float32)})

    def _on_device(self):
        return keras.device(self._device) if self._device else contextlib.nullcontext()

    def _model_of_shape(self, *shape):
        """Return the network for one fixed shape: attention can limit its memory only in a graph of known size."""
        if self._fixed is None or self._fixed.input["image"].shape[:3] != shape:
            inputs = {
                name: keras.Input(batch_shape=(*shape, channels), dtype="float32", name=name)
                for name, channels in (("image", 3), ("trimap", 1))
            }
            self._fixed = keras.Model(inputs, self.model(inputs))
        return self._fixed


def _devices():
    devices = ["cpu:0"]
    with contextlib.suppress(RuntimeError):  # JAX without GPU support
        devices += keras.distribution.list_devices("gpu")
    return devices
