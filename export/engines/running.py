"""Runs an engine on the GPU here."""

import dataclasses
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from export.engines.backend import RTX_MAGIC, capturing_logger, find_backend, missing_gpu
from export.errors import ExportError

INSTALL_CUDA = "pip install cuda-bindings"


@dataclasses.dataclass(frozen=True)
class OpenEngine:
    """An engine on the GPU here, ready to run.

    Attributes:
        path: of its file.
        trt: the module of the library.
        runtime: must live as long as the engine.
        engine: `trt.ICudaEngine`.
        context: `trt.IExecutionContext`.
        log: what `capturing_logger` returned.
    """

    path: Path
    trt: ModuleType
    runtime: Any
    engine: Any
    context: Any
    log: Any

    def set_inputs(self, image, trimap):
        """Tells the engine the shapes of what it will be run on.

        Args:
            image, trimap: arrays of any dtype.

        Returns:
            dict of arrays as the engine takes them, contiguous: "image", "trimap", and "alpha", empty.

        Raises:
            ExportError: on shapes that the engine's profile does not take.
        """
        arrays = {
            name: np.ascontiguousarray(x, self._dtype(name)) for name, x in (("image", image), ("trimap", trimap))
        }
        for name, array in arrays.items():
            if not self.context.set_input_shape(name, array.shape):
                reason = self.log.first_error()
                raise ExportError(f"{self.path}: does not take {name} of shape {array.shape}: {reason}")
        return arrays | {"alpha": np.empty(tuple(self.context.get_tensor_shape("alpha")), self._dtype("alpha"))}

    def _dtype(self, name):
        return self.trt.nptype(self.engine.get_tensor_dtype(name))


def open_engine(path):
    """Loads an engine of either library.

    Args:
        path: path of the engine.

    Returns:
        `OpenEngine`.

    Raises:
        ExportError: if there is no GPU, a package is missing, or the engine is damaged or of another GPU or version.
    """
    content = Path(path).read_bytes()
    if no_gpu := missing_gpu():
        raise ExportError(f"{path}: engines run on a GPU, and {no_gpu}")
    if not importlib.util.find_spec("cuda"):
        raise ExportError(f"{path}: running an engine needs the package cuda-bindings: {INSTALL_CUDA}")
    backend = find_backend(rtx=content.startswith(RTX_MAGIC))
    trt, log = backend.trt, capturing_logger(backend.trt)
    runtime = trt.Runtime(log)
    engine = runtime.deserialize_cuda_engine(content)
    if engine is None:
        raise ExportError(f"{path}: {backend} cannot load it: {log.first_error()}")
    return OpenEngine(path, trt, runtime, engine, engine.create_execution_context(), log)


def load_engine(path):
    """A function that runs an engine of either library.

    Args:
        path: path of the engine.

    Returns:
        Function from a photo, `[batch, height, width, 3]`, RGB in 0..255, and a trimap, `[batch, height, width, 1]` in
        0..255, of any dtype, to their alpha, float32 `[batch, height, width, 1]` in 0..1. It raises
        `ExportError` on shapes that the engine's profile does not take.

    Raises:
        ExportError: as `open_engine`.
    """
    opened = open_engine(path)

    def run(image, trimap):
        arrays = opened.set_inputs(image, trimap)
        _execute(opened.context, arrays, outputs=("alpha",))
        return arrays["alpha"]

    return run


def check_cuda(result):
    """What a function of `cuda.bindings.runtime` returned, without its code; `ExportError` if that says it failed."""
    from cuda.bindings import runtime as cuda

    code, *values = result
    if code != cuda.cudaError_t.cudaSuccess:
        raise ExportError(f"the GPU failed: {cuda.cudaGetErrorString(code)[1].decode()}")
    if len(values) > 1:
        return values
    return values[0] if values else None


def _execute(context, arrays, outputs):
    from cuda.bindings import runtime as cuda

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
            raise ExportError("the engine did not run")
        check_cuda(cuda.cudaStreamSynchronize(stream))
        for name in outputs:
            check_cuda(cuda.cudaMemcpy(arrays[name].ctypes.data, pointers[name], arrays[name].nbytes, to_host))
    finally:
        for pointer in pointers.values():
            cuda.cudaFree(pointer)
        cuda.cudaStreamDestroy(stream)
