"""The formats a network is exported to: one table, which the command, its help and the checks are driven by."""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Format:
    """An export format.

    Attributes:
        suffix: of the file's name; "" for a folder.
        keras_name: what `keras.Model.export` calls it.
        dynamic: bool, whether one file can take photos of any size.
        packages: names of what writes and runs it, for import and for pip.
        load: function from the path of an exported file to a function of a photo, float32
            `[batch, height, width, 3]`, and a trimap, float32 `[batch, height, width, 1]`, that returns their alpha.
        tolerance: largest difference to Keras of any pixel's alpha at which an export counts.
    """

    suffix: str
    keras_name: str
    dynamic: bool
    packages: tuple[str, ...]
    load: Callable
    tolerance: float


def _load_saved_model(path):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))

    def run(image, trimap):
        serve = loaded.signatures["serving_default"]
        return serve(image=tf.constant(image), trimap=tf.constant(trimap))["alpha"].numpy()

    return run


def _load_onnx(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda image, trimap: session.run(["alpha"], {"image": image, "trimap": trimap})[0]


FORMATS = {
    "saved_model": Format("", "tf_saved_model", True, ("tensorflow",), _load_saved_model, 1e-4),
    "onnx": Format(".onnx", "onnx", False, ("onnx", "tf2onnx", "onnxruntime"), _load_onnx, 1e-4),
}
