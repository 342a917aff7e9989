"""ONNX files, by ONNX Runtime."""

import numpy as np

from hop_tf.inference.runtimes.devices import choose_device, gpus
from hop_tf.inference.runtimes.errors import NetworkError, check_precision, import_library
from hop_tf.inference.runtimes.network import ExportedNetwork

CUDA = "CUDAExecutionProvider"
DTYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}


class OnnxNetwork(ExportedNetwork):
    """An exported ONNX file; without a device it is run on a GPU where ONNX Runtime can, else on the CPU."""

    base_bytes, bytes_per_pixel = 0.3e9, 1900  # of hop_9x9; hop_s_9x9 takes 1100 bytes

    def __init__(self, path, device=None, precision=None):
        if precision:
            check_precision(precision, _precision(path))
        onnxruntime = import_library("onnxruntime", "onnxruntime")
        here = ["cpu"]
        if CUDA in onnxruntime.get_available_providers():
            here = [*gpus(), "cpu"]
        elif (device or "").startswith("gpu") and gpus():
            _refuse_without_cuda()
        device = choose_device(device, here, "ONNX Runtime")
        if device == "cpu":
            session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        else:
            session = cuda_session(path, {"device_id": device.removeprefix("gpu:")})
        inputs = {x.name: (x.shape, DTYPES.get(x.type)) for x in session.get_inputs()}
        super().__init__(inputs, [x.name for x in session.get_outputs()])
        self._run = lambda image, trimap: session.run(["alpha"], {"image": image, "trimap": trimap})[0]


def cuda_session(path, settings):
    """A session on an NVIDIA GPU.

    Args:
        path: of the ONNX file.
        settings: dict of options of the CUDA provider.

    Raises:
        NetworkError: if ONNX Runtime has no CUDA provider or cannot start it.
    """
    import onnxruntime

    if CUDA not in onnxruntime.get_available_providers():
        _refuse_without_cuda()
    session = onnxruntime.InferenceSession(str(path), providers=[(CUDA, settings), "CPUExecutionProvider"])
    if CUDA not in session.get_providers():  # it would go on with the CPU
        raise NetworkError("ONNX Runtime's CUDA provider does not start: see which CUDA and cuDNN it needs")
    return session


def _refuse_without_cuda():
    raise NetworkError("ONNX Runtime is installed without its CUDA provider: pip install onnxruntime-gpu")


def _precision(path):
    onnx = import_library("onnx", "onnx")
    graph = onnx.load(path, load_external_data=False).graph
    if any(node.op_type == "DequantizeLinear" for node in graph.node):
        return "int8"
    return "float16" if any(x.data_type == onnx.TensorProto.FLOAT16 for x in graph.initializer) else "float32"
