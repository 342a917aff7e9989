"""The formats a network is exported to: one table that drives the command, its help, the checks and the docs."""

import dataclasses
from collections.abc import Callable

from hop_tf.export.formats import onnx as onnx_file
from hop_tf.export.formats import openvino as openvino_folder
from hop_tf.export.formats import saved_model
from hop_tf.export.formats import tensorrt as tensorrt_engine
from hop_tf.export.formats import tflite as tflite_file
from hop_tf.inference.runtimes.openvino import OpenVINONetwork
from hop_tf.inference.runtimes.tensorrt import TensorRTNetwork
from hop_tf.inference.runtimes.tflite import TFLiteNetwork


@dataclasses.dataclass(frozen=True)
class Format:
    """An export format.

    Attributes:
        suffix: of the file's name; "" for a folder.
        entries: names in the folder that is written; none for a file.
        precisions: names of the precisions it can be written in.
        cpu: bool, whether its files run on a CPU.
        gpu: bool, whether its files run on an NVIDIA GPU.
        write: function of `Job`, the `Path` to write and, if `source` is set, the `Path` of that file.
        load: function from the path of an exported file to a function of a photo, `[batch, height, width, 3]`, and a
            trimap, `[batch, height, width, 1]`, that returns their alpha, such as a `Network`.
        count: function from the path of an exported file to the number of its operations.
        packages: pip's names of what writes and runs it.
        quantizer: likewise, of what any precision but float32 needs besides.
        source: the format of the file that it is made from; "" if it is made from the Keras network.
        runs_here: function from the path of an exported file to whether this machine can run it.
        shapes: function from the path of an exported file to shapes (batch, height, width) that it takes, where it
            does not take all.
    """

    suffix: str
    precisions: tuple[str, ...]
    cpu: bool
    gpu: bool
    write: Callable
    load: Callable
    count: Callable
    packages: tuple[str, ...] = ()
    quantizer: tuple[str, ...] = ()
    source: str = ""
    entries: frozenset[str] = frozenset()
    runs_here: Callable = lambda path: True
    shapes: Callable | None = None

    @property
    def devices(self):
        """Where its files run, in words."""
        return " and ".join(name for name, runs in (("CPU", self.cpu), ("NVIDIA GPU", self.gpu)) if runs)


FORMATS = {
    "saved_model": Format(
        suffix="",
        precisions=("float32",),
        cpu=True,
        gpu=True,
        write=saved_model.write_saved_model,
        load=saved_model.load_saved_model,
        count=saved_model.count_saved_model,
        packages=("tensorflow",),
        entries=frozenset({"saved_model.pb", "variables", "assets", "fingerprint.pb"}),
    ),
    "onnx": Format(
        suffix=".onnx",
        precisions=("float32", "float16", "int8"),
        cpu=True,
        gpu=True,
        write=onnx_file.write_onnx,
        load=onnx_file.load_onnx,
        count=onnx_file.count_onnx,
        packages=("onnx", "tf2onnx", "onnxslim", "onnxruntime"),
    ),
    "tflite": Format(
        suffix=".tflite",
        precisions=("float32", *tflite_file.RECIPES),
        cpu=True,
        gpu=False,
        write=tflite_file.write_tflite,
        load=TFLiteNetwork,
        count=tflite_file.count_tflite,
        packages=("ai-edge-litert",),
        quantizer=("ai-edge-quantizer",),
    ),
    "openvino": Format(
        suffix="",
        precisions=("float32", "float16"),
        cpu=True,
        gpu=False,
        write=openvino_folder.write_openvino,
        load=OpenVINONetwork,
        count=openvino_folder.count_openvino,
        packages=("openvino",),
        entries=frozenset({"model.xml", "model.bin"}),
        source="saved_model",  # OpenVINO rejects the ONNX file for photos of any size
    ),
    "tensorrt": Format(
        suffix=".engine",
        precisions=("float32", "float16", "int8"),
        cpu=False,
        gpu=True,
        write=tensorrt_engine.write_tensorrt,
        load=TensorRTNetwork,
        count=tensorrt_engine.count_tensorrt,
        runs_here=tensorrt_engine.runs_here,
        shapes=tensorrt_engine.shapes,
        packages=("onnx", "tf2onnx", "onnxslim", "onnxruntime"),
        source="onnx",
    ),
}
