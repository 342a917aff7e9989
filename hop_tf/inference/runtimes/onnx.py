"""ONNX files, run by ONNX Runtime."""

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.errors import install_hint
from hop_tf.inference.runtimes import onnx_devices
from hop_tf.inference.runtimes.devices import gpus, processors
from hop_tf.inference.runtimes.errors import NetworkError, check_precision
from hop_tf.inference.runtimes.network import ExportedNetwork
from hop_tf.inference.runtimes.onnx_devices import PROVIDERS, place_of

DTYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}

#: This optimizer scales the biases of int8 convolutions by the product of two scales, which underflows in float16.
DISABLED_OPTIMIZERS = ["WeightBiasQuantization"]


class OnnxNetwork(ExportedNetwork):
    """An exported ONNX file; by default it runs on a GPU if ONNX Runtime can use one, otherwise on the CPU.

    Args:
        path: the file.
        device: such as `"cpu"` or `"gpu:1"`, or `"tensorrt"` or `"rtx"` for the providers that build engines; `None`
            for that default.
        precision: the precision that the file must have; `None` accepts any.

    Raises:
        NetworkError: if the device is missing or the file has another precision.
    """

    library = "ONNX Runtime"
    base_bytes, bytes_per_pixel = 0.3e9, 1000  # hop_9x9 takes 500 bytes, in float16 800; 700 at 13 megapixels

    def __init__(self, path: str | Path, device: str | None = None, precision: str | None = None):
        import onnxruntime

        self.device = onnx_devices.choose(device, gpus(), self.library)
        if self.device == "cpu":
            options = onnxruntime.SessionOptions()
            options.enable_mem_pattern = False  # half the memory at 3 % less speed
            if processors() < (os.cpu_count() or 1):  # its default is threads on the others too
                options.intra_op_num_threads = processors()
            session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=DISABLED_OPTIMIZERS
            )
        else:
            session = onnx_devices.gpu_session(path, self.device)
        self.precision = _precision(path, session)
        if precision and self.precision is None:
            raise NetworkError(f"its precision cannot be read without the package onnx: {install_hint('export')}")
        check_precision(precision, self.precision)
        inputs = {x.name: (x.shape, DTYPES.get(x.type)) for x in session.get_inputs()}
        super().__init__(inputs, [x.name for x in session.get_outputs()])
        self._session = session
        self._on_gpu = None if self.device == "cpu" else onnx_devices.BoundSession(session, place_of(self.device))

    def _run(self, image, trimap):
        if self._on_gpu:
            return self._on_gpu.run(image=image, trimap=trimap)
        return self._session.run(["alpha"], {"image": image, "trimap": trimap})[0]


def cuda_session(path: str | Path, settings: dict[str, Any]) -> Any:
    """Open an `onnxruntime.InferenceSession` on an NVIDIA GPU.

    Float32 is computed in float32; by default, ONNX Runtime would round it to TF32.

    Args:
        path: the ONNX file.
        settings: further options of the CUDA provider.

    Returns:
        `onnxruntime.InferenceSession`.

    Raises:
        NetworkError: if ONNX Runtime has no CUDA provider or cannot start it.
    """
    if not PROVIDERS["gpu"].is_installed():
        raise NetworkError(f"ONNX Runtime is installed without its CUDA provider: {PROVIDERS['gpu'].install}")
    return onnx_devices.gpu_session(path, "gpu", settings)


def _precision(path, session):
    """Return the precision in the file's metadata, else that of its graph; `None` without the package onnx."""
    if stated := session.get_modelmeta().custom_metadata_map.get("precision"):
        return stated
    if not importlib.util.find_spec("onnx"):
        return None
    import onnx

    graph = onnx.load(path, load_external_data=False).graph
    if any(node.op_type == "DequantizeLinear" for node in graph.node):
        return "int8"
    return "float16" if any(x.data_type == onnx.TensorProto.FLOAT16 for x in graph.initializer) else "float32"
