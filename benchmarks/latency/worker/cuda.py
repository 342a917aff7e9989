"""Runs on an NVIDIA GPU, timed by CUDA events: copy to the GPU, computation and copy back."""

import ctypes
import importlib.util
import time
from pathlib import Path

import numpy as np

from hop_tf.errors import install_hint
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.onnx import DTYPES, cuda_session
from hop_tf.inference.runtimes.tensorrt import OpenEngine, check_cuda, open_engine

PHASES = ("h2d", "compute", "d2h")
Arrays = dict[str, np.ndarray]


class OnDevice:
    """A network on the GPU, with device buffers and page-locked host buffers of its own, as in `trtexec`.

    Args:
        arrays: "image", "trimap" and "alpha", as the network takes and returns them.
        stream: CUDA stream of all work.
        free: bytes that were free on the GPU before the network was loaded.
    """

    def __init__(self, arrays: Arrays, stream: int, free: int) -> None:
        from cuda.bindings import runtime

        self.cuda, self.stream, self.free = runtime, stream, free
        self.host, self.device, self.launch = {}, {}, None
        for name, array in arrays.items():
            address = int(check_cuda(runtime.cudaMallocHost(array.nbytes)))
            buffer = (ctypes.c_byte * array.nbytes).from_address(address)
            self.host[name] = np.frombuffer(buffer, array.dtype).reshape(array.shape)
            self.host[name][...] = array
            self.device[name] = int(check_cuda(runtime.cudaMalloc(array.nbytes)))
        self.events = [check_cuda(runtime.cudaEventCreate()) for _ in range(4)]

    @property
    def alpha(self) -> np.ndarray:
        """Output of the last run, on the host."""
        return self.host["alpha"]

    def run(self) -> dict[str, float]:
        """Run once and return milliseconds: "h2d", "compute", "d2h" and their sum "total".

        "enqueue" is the time the CPU takes to launch them, which can limit the speed of a small network.
        """
        kinds, began = self.cuda.cudaMemcpyKind, time.perf_counter()
        self._record(0)
        for name in ("image", "trimap"):
            self._copy(self.device[name], self.host[name].ctypes.data, name, kinds.cudaMemcpyHostToDevice)
        self._record(1)
        self.launch()
        self._record(2)
        self._copy(self.host["alpha"].ctypes.data, self.device["alpha"], "alpha", kinds.cudaMemcpyDeviceToHost)
        self._record(3)
        enqueue = 1e3 * (time.perf_counter() - began)
        check_cuda(self.cuda.cudaEventSynchronize(self.events[3]))
        pairs = zip(self.events[:-1], self.events[1:], strict=True)
        times = [check_cuda(self.cuda.cudaEventElapsedTime(start, end)) for start, end in pairs]
        return {"total": sum(times), **dict(zip(PHASES, times, strict=True)), "enqueue": enqueue}

    def predict(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the alpha of another photo and trimap."""
        for name, array in zip(("image", "trimap"), inputs, strict=True):
            self.host[name][...] = array
        self.run()
        return self.alpha.copy()

    def device_memory(self) -> int:
        """Return the bytes taken on the GPU since before loading."""
        return self.free - _free_memory()

    def capture(self) -> None:
        """Record the launch as a CUDA graph and launch that from now on."""
        self.run()  # allocates memory, which a recording must not do
        cuda, mode = self.cuda, self.cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        check_cuda(cuda.cudaStreamBeginCapture(self.stream, mode))
        try:
            self.launch()
        finally:
            graph = check_cuda(cuda.cudaStreamEndCapture(self.stream))
        executable = check_cuda(cuda.cudaGraphInstantiate(graph, 0))
        self.launch = lambda: check_cuda(cuda.cudaGraphLaunch(executable, self.stream))

    def _record(self, i):
        check_cuda(self.cuda.cudaEventRecord(self.events[i], self.stream))

    def _copy(self, to, source, name, kind):
        check_cuda(self.cuda.cudaMemcpyAsync(to, source, self.host[name].nbytes, kind, self.stream))


def load_tensorrt(path: Path, inputs: Arrays, cuda_graph: bool, opened: OpenEngine | None = None) -> OnDevice:
    """Load a TensorRT engine, unless it is open; with `cuda_graph`, launch it as a CUDA graph.

    Raises:
        NetworkError: if it cannot be opened, as `open_engine`.
        ExportError: if there is no GPU or the engine does not run.
    """
    free, stream = _start()
    opened = opened or open_engine(path)
    timed = OnDevice(opened.set_inputs(**inputs), stream, free)
    for name, pointer in timed.device.items():
        opened.context.set_tensor_address(name, pointer)

    def launch():
        if not opened.context.execute_async_v3(int(stream)):
            raise ExportError(f"the engine did not run: {opened.log.first_error()}")

    timed.launch = launch
    if cuda_graph:
        timed.capture()
    return timed


def load_onnx_cuda(path: Path, inputs: Arrays, cuda_graph: bool) -> OnDevice:
    """Load an ONNX file with ONNX Runtime's CUDA provider, which records its CUDA graph itself.

    Raises:
        NetworkError: if the provider is missing or does not start, as `cuda_session`.
        ExportError: if there is no GPU.
    """
    free, stream = _start()
    settings = {"user_compute_stream": str(int(stream)), "enable_cuda_graph": str(int(cuda_graph))}
    session = cuda_session(path, settings)
    arrays = {x.name: inputs[x.name].astype(DTYPES[x.type]) for x in session.get_inputs()}
    arrays["alpha"] = np.empty(inputs["trimap"].shape, np.float32)
    timed, binding = OnDevice(arrays, stream, free), session.io_binding()
    for name, array in timed.host.items():
        bind = binding.bind_output if name == "alpha" else binding.bind_input
        bind(name, "cuda", 0, array.dtype, array.shape, timed.device[name])
    timed.launch = lambda: session.run_with_iobinding(binding)
    return timed


LOAD = {"tensorrt": load_tensorrt, "onnx_cuda": load_onnx_cuda}


def _start() -> tuple[int, int]:
    """Return the free bytes of the GPU and a new stream."""
    if no_gpu := missing_gpu():
        raise ExportError(no_gpu)
    if not importlib.util.find_spec("cuda"):
        raise ExportError(f"timing on a GPU needs the package cuda-bindings: {install_hint('tensorrt')}")
    from cuda.bindings import runtime

    return _free_memory(), check_cuda(runtime.cudaStreamCreate())


def _free_memory() -> int:
    from cuda.bindings import runtime

    return check_cuda(runtime.cudaMemGetInfo())[0]
