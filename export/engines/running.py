"""Runs an engine on the GPU here."""

import importlib.util
from pathlib import Path

import numpy as np

from export.engines.backend import RTX_MAGIC, capturing_logger, find_backend, missing_gpu
from export.errors import ExportError

INSTALL_CUDA = "pip install cuda-bindings"


def load_engine(path):
    """Loads an engine of either library.

    Args:
        path: path of the engine.

    Returns:
        Function from a photo, `[batch, height, width, 3]`, RGB in 0..255, and a trimap, `[batch, height, width, 1]` in
        0..255, of any dtype, to their alpha, float32 `[batch, height, width, 1]` in 0..1. It raises
        `ExportError` on shapes that the engine's profile does not take.

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
    context = engine.create_execution_context()

    def run(image, trimap):
        arrays = {
            name: np.ascontiguousarray(x, trt.nptype(engine.get_tensor_dtype(name)))
            for name, x in (("image", image), ("trimap", trimap))
        }
        for name, array in arrays.items():
            if not context.set_input_shape(name, array.shape):
                raise ExportError(f"{path}: does not take {name} of shape {array.shape}: {log.first_error()}")
        arrays["alpha"] = np.empty(
            tuple(context.get_tensor_shape("alpha")), trt.nptype(engine.get_tensor_dtype("alpha"))
        )
        _execute(context, arrays, outputs=("alpha",))
        return arrays["alpha"]

    run.runtime = runtime  # must live as long as its engine
    return run


def _execute(context, arrays, outputs):
    from cuda.bindings import runtime as cuda

    def check(result):
        code, *values = result
        if code != cuda.cudaError_t.cudaSuccess:
            raise ExportError(f"the GPU failed: {cuda.cudaGetErrorString(code)[1].decode()}")
        return values[0] if values else None

    to_gpu, to_host = cuda.cudaMemcpyKind.cudaMemcpyHostToDevice, cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
    stream = check(cuda.cudaStreamCreate())
    pointers = {}
    try:
        for name, array in arrays.items():
            pointers[name] = check(cuda.cudaMalloc(array.nbytes))
            context.set_tensor_address(name, pointers[name])
            if name not in outputs:
                check(cuda.cudaMemcpy(pointers[name], array.ctypes.data, array.nbytes, to_gpu))
        if not context.execute_async_v3(stream):
            raise ExportError("the engine did not run")
        check(cuda.cudaStreamSynchronize(stream))
        for name in outputs:
            check(cuda.cudaMemcpy(arrays[name].ctypes.data, pointers[name], arrays[name].nbytes, to_host))
    finally:
        for pointer in pointers.values():
            cuda.cudaFree(pointer)
        cuda.cudaStreamDestroy(stream)
