"""What is measured: each library that runs a network, in which precisions, from which file."""

import dataclasses

from hop_tf.inference.formats import EXPORT_FORMATS


@dataclasses.dataclass(frozen=True)
class Runtime:
    """A library that runs a network.

    Attributes:
        format: key of `EXPORT_FORMATS`, the format of its files; "" for Keras itself, which needs none.
        precisions: dict from the precision of a row to that of its file.
        module: what is imported before the memory in use is first looked at.
        gpu: bool, whether it runs on an NVIDIA GPU alone.
    """

    format: str
    precisions: dict[str, str]
    module: str
    gpu: bool = False


def _of(format):
    return {precision: precision for precision in EXPORT_FORMATS[format].precisions}


RUNTIMES = {
    "keras": Runtime("", {"float32": "float32", "bfloat16": "mixed_bfloat16"}, "keras"),
    "saved_model": Runtime("saved_model", _of("saved_model"), "tensorflow"),
    "onnx": Runtime("onnx", _of("onnx"), "onnxruntime"),
    "onnx_cuda": Runtime("onnx", _of("onnx"), "onnxruntime", gpu=True),
    "tflite": Runtime("tflite", _of("tflite"), "ai_edge_litert.interpreter"),
    # in bfloat16 it computes, from the float32 folder, when it is told so
    "openvino": Runtime("openvino", {**_of("openvino"), "bfloat16": "float32"}, "openvino"),
    "tensorrt": Runtime("tensorrt", _of("tensorrt"), "hop_tf.inference.runtimes.tensorrt", gpu=True),
}
PRECISIONS = tuple(dict.fromkeys(precision for runtime in RUNTIMES.values() for precision in runtime.precisions))
