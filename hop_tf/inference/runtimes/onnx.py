"""ONNX files, run by ONNX Runtime."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.errors import install_hint
from hop_tf.inference.runtimes.devices import choose_device, gpus
from hop_tf.inference.runtimes.errors import NetworkError, check_precision
from hop_tf.inference.runtimes.network import ExportedNetwork

CUDA = "CUDAExecutionProvider"
DTYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}


class OnnxNetwork(ExportedNetwork):
    """An exported ONNX file; by default it runs on a GPU if ONNX Runtime can use one, otherwise on the CPU.

    Args:
        path: the file.
        device: such as `"cpu"` or `"gpu:1"`; `None` for that default.
        precision: the precision that the file must have; `None` accepts any.

    Raises:
        NetworkError: if the device is missing or the file has another precision.
    """

    library = "ONNX Runtime"
    base_bytes, bytes_per_pixel = 0.3e9, 1900  # of hop_9x9; hop_s_9x9 takes 1100 bytes

    def __init__(self, path: str | Path, device: str | None = None, precision: str | None = None):
        import onnxruntime

        here = ["cpu"]
        if CUDA in onnxruntime.get_available_providers():
            here = [*gpus(), "cpu"]
        elif (device or "").startswith("gpu") and gpus():
            _refuse_without_cuda()
        self.device = choose_device(device, here, self.library)
        if self.device == "cpu":
            session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        else:
            session = cuda_session(path, {"device_id": self.device.removeprefix("gpu:")})
        self.precision = _precision(path, session)
        if precision and self.precision is None:
            raise NetworkError(f"its precision cannot be read without the package onnx: {install_hint('export')}")
        check_precision(precision, self.precision)
        inputs = {x.name: (x.shape, DTYPES.get(x.type)) for x in session.get_inputs()}
        super().__init__(inputs, [x.name for x in session.get_outputs()])
        self._session = session

    def _run(self, image, trimap):
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
    import onnxruntime

    if CUDA not in onnxruntime.get_available_providers():
        _refuse_without_cuda()
    providers = [(CUDA, {"use_tf32": "0", **settings}), "CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(str(path), providers=providers)
    if CUDA not in session.get_providers():  # it would silently run on the CPU
        raise NetworkError("ONNX Runtime's CUDA provider does not start: see which CUDA and cuDNN it needs")
    return session


def _refuse_without_cuda():
    raise NetworkError("ONNX Runtime is installed without its CUDA provider: pip install onnxruntime-gpu")


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
