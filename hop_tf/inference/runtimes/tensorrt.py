"""TensorRT engines, run on the GPU of this machine. An engine is native code: load only those from people you trust."""

import dataclasses
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from hop_tf.errors import install_hint
from hop_tf.inference.engine_report import EngineReport, report_path
from hop_tf.inference.runtimes.devices import choose_device, gpus, missing_gpu
from hop_tf.inference.runtimes.errors import NetworkError, check_precision
from hop_tf.inference.runtimes.network import ExportedNetwork
from hop_tf.inference.runtimes.tensorrt_library import RTX_MAGIC, capturing_logger, find_backend


class TensorRTNetwork(ExportedNetwork):
    """An engine of TensorRT or TensorRT for RTX.

    It accepts the sizes of its optimisation profile. Its precision is read from the report beside it.
    """

    def __init__(self, path: str | os.PathLike, device: str | None = None, precision: str | None = None):
        if report_path(path).is_file():
            self.precision = EngineReport.read(path).precision
        if precision:
            check_precision(precision, self.precision)
        self._opened = open_engine(path, device)
        self.library = "TensorRT for RTX" if self._opened.rtx else "TensorRT"
        self.device = device or "gpu:0"
        engine = self._opened.engine
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        is_input = self._opened.trt.TensorIOMode.INPUT
        inputs = {
            name: (tuple(engine.get_tensor_shape(name)), self._opened.dtype(name))
            for name in names
            if engine.get_tensor_mode(name) == is_input
        }
        super().__init__(inputs, names)
        if -1 in inputs["image"][0]:
            smallest, _, largest = engine.get_tensor_profile_shape("image", 0)
            self.smallest, self.largest = tuple(smallest)[:3], tuple(largest)[:3]

    def _run(self, image, trimap):
        arrays = self._opened.set_inputs(image, trimap)
        _execute(self._opened, arrays, outputs=("alpha",))
        return arrays["alpha"]


@dataclasses.dataclass(frozen=True)
class OpenEngine:
    """A loaded engine, ready to run.

    Attributes:
        trt: module of the library.
        runtime: kept because it must live as long as the engine.
        engine: `trt.ICudaEngine`.
        context: `trt.IExecutionContext`.
        log: the logger from `capturing_logger`.
        device: index of the GPU that the engine is loaded on.
        rtx: whether the library is TensorRT for RTX.
    """

    trt: ModuleType
    runtime: Any
    engine: Any
    context: Any
    log: Any
    device: int = 0
    rtx: bool = False

    def set_inputs(self, image: np.ndarray, trimap: np.ndarray) -> dict[str, np.ndarray]:
        """Set the engine's input shapes.

        Args:
            image, trimap: arrays of any dtype.

        Returns:
            Contiguous arrays in the engine's dtypes: `"image"`, `"trimap"`, and `"alpha"`, uninitialised.

        Raises:
            NetworkError: on shapes outside the engine's profile.
        """
        arrays = {name: np.ascontiguousarray(x, self.dtype(name)) for name, x in (("image", image), ("trimap", trimap))}
        for name, array in arrays.items():
            if not self.context.set_input_shape(name, array.shape):
                reason = self.log.first_error()
                raise NetworkError(f"the engine does not take {name} of shape {array.shape}: {reason}")
        return arrays | {"alpha": np.empty(tuple(self.context.get_tensor_shape("alpha")), self.dtype("alpha"))}

    def dtype(self, name: str) -> Any:
        """Return the NumPy dtype of an input or output."""
        return self.trt.nptype(self.engine.get_tensor_dtype(name))


def open_engine(path: str | os.PathLike, device: str | None = None) -> OpenEngine:
    """Load an engine of either library. An engine is native code: load only those from people you trust.

    Args:
        path: file of the engine.
        device: `"gpu"` or `"gpu:N"`; `None` for the first GPU.

    Raises:
        NetworkError: if there is no GPU, a package is missing, or the engine is damaged or was built for another GPU or
            version.
    """
    content = Path(path).read_bytes()
    if no_gpu := missing_gpu():
        raise NetworkError(f"engines run on a GPU, and {no_gpu}")
    if not importlib.util.find_spec("cuda"):
        raise NetworkError(f"running an engine needs the package cuda-bindings: {install_hint('tensorrt')}")
    backend = find_backend(rtx=content.startswith(RTX_MAGIC))
    index = int(choose_device(device, gpus(), backend.name).removeprefix("gpu:"))
    use_gpu(index)
    trt, log = backend.trt, capturing_logger(backend.trt)
    runtime = trt.Runtime(log)
    engine = runtime.deserialize_cuda_engine(content)
    if engine is None:
        raise NetworkError(f"{backend} cannot load the engine: {log.first_error()}")
    return OpenEngine(trt, runtime, engine, engine.create_execution_context(), log, index, backend.rtx)


def use_gpu(index: int) -> None:
    """Make a GPU the one of the calling thread: CUDA keeps the choice per thread and starts each with the first."""
    from cuda.bindings import runtime as cuda

    check_cuda(cuda.cudaSetDevice(index))


def check_cuda(result: Sequence[Any]) -> Any:
    """Return the values of a `cuda.bindings.runtime` call without its code, or raise `NetworkError` if it failed."""
    from cuda.bindings import runtime as cuda

    code, *values = result
    if code != cuda.cudaError_t.cudaSuccess:
        raise NetworkError(f"the GPU failed: {cuda.cudaGetErrorString(code)[1].decode()}")
    if len(values) > 1:
        return values
    return values[0] if values else None


def _execute(opened, arrays, outputs):
    from cuda.bindings import runtime as cuda

    use_gpu(opened.device)
    context = opened.context
    to_gpu, to_host = cuda.cudaMemcpyKind.cudaMemcpyHostToDevice, cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
    stream = check_cuda(cuda.cudaStreamCreate())
    pointers = {}
    try:
        for name, array in arrays.items():
            pointers[name] = check_cuda(cuda.cudaMalloc(array.nbytes))
            context.set_tensor_address(name, pointers[name])
            if name not in outputs:
                check_cuda(cuda.cudaMemcpy(pointers[name], array.ctypes.data, array.nbytes, to_gpu))
        if not context.execute_async_v3(stream):
            raise NetworkError("the engine did not run")
        check_cuda(cuda.cudaStreamSynchronize(stream))
        for name in outputs:
            check_cuda(cuda.cudaMemcpy(arrays[name].ctypes.data, pointers[name], arrays[name].nbytes, to_host))
    finally:
        for pointer in pointers.values():
            cuda.cudaFree(pointer)
        cuda.cudaStreamDestroy(stream)
