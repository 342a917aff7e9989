"""SavedModels, run by TensorFlow. A SavedModel is a program: load only those from people you trust."""

import os

import numpy as np

from hop_tf.inference.runtimes.devices import choose_device
from hop_tf.inference.runtimes.errors import NetworkError, check_precision
from hop_tf.inference.runtimes.network import ExportedNetwork

SIGNATURE = "serving_default"


class SavedModelNetwork(ExportedNetwork):
    """An exported SavedModel. Without a device, TensorFlow chooses one."""

    library = "TensorFlow"
    precision = "float32"
    base_bytes, bytes_per_pixel = 1.0e9, 1600  # hop_s_9x9 takes 950, and hop_9x9 1.7 times as much

    def __init__(self, path: str | os.PathLike, device: str | None = None, precision: str | None = None):
        check_precision(precision, "float32")
        import tensorflow as tf

        if device:
            gpus = [f"gpu:{i}" for i in range(len(tf.config.list_physical_devices("GPU")))]
            device = choose_device(device, ["cpu", *gpus], "TensorFlow")
        self.device = device or ("gpu:0" if tf.config.list_physical_devices("GPU") else "cpu")
        with tf.device(device):
            self._loaded = tf.saved_model.load(str(path))  # kept, since its signatures do not keep it alive
        serve = self._loaded.signatures.get(SIGNATURE)
        if serve is None:
            raise NetworkError("is no matting network; expected what 'hop-tf export' writes")
        specs = serve.structured_input_signature[1]
        inputs = {name: (spec.shape.as_list(), spec.dtype.as_numpy_dtype) for name, spec in specs.items()}
        super().__init__(inputs, serve.structured_outputs)
        self._serve, self._chosen_device = serve, device

    def _run(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        import tensorflow as tf

        with tf.device(self._chosen_device):
            return self._serve(image=tf.constant(image), trimap=tf.constant(trimap))["alpha"].numpy()
