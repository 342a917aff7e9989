"""Runs on an NVIDIA GPU, timed by CUDA events: the copy to the GPU, the computing and the copy back apart."""

import ctypes
import importlib.util

import numpy as np

from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.onnx import cuda_session
from hop_tf.inference.runtimes.tensorrt import INSTALL_CUDA, check_cuda, open_engine

PHASES = ("h2d", "compute", "d2h")


class OnDevice:
    """A network on the GPU, with buffers of its own there and page-locked ones on the host, as `trtexec` has them.

    Args:
        arrays: dict of arrays "image", "trimap" and "alpha", as the network takes and returns them.
        stream: CUDA stream that everything runs on.
        free: bytes of the GPU that were free before anything was loaded.
    """

    def __init__(self, arrays, stream, free):
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
    def alpha(self):
        """What the last run returned, on the host."""
        return self.host["alpha"]

    def run(self):
        """Runs once: dict of milliseconds "total", "h2d", "compute" and "d2h", of which the first is the sum."""
        kinds = self.cuda.cudaMemcpyKind
        self._record(0)
        for name in ("image", "trimap"):
            self._copy(self.device[name], self.host[name].ctypes.data, name, kinds.cudaMemcpyHostToDevice)
        self._record(1)
        self.launch()
        self._record(2)
        self._copy(self.host["alpha"].ctypes.data, self.device["alpha"], "alpha", kinds.cudaMemcpyDeviceToHost)
        self._record(3)
        check_cuda(self.cuda.cudaEventSynchronize(self.events[3]))
        times = [
            check_cuda(self.cuda.cudaEventElapsedTime(self.events[i], self.events[i + 1])) for i in range(len(PHASES))
        ]
        return {"total": sum(times), **dict(zip(PHASES, times, strict=True))}

    def device_memory(self):
        """What was taken of the GPU since before loading, bytes."""
        return self.free - free_memory()

    def capture(self):
        """Records the launch as a CUDA graph, which is launched from then on. Runs once before, to have memory taken.

        Raises:
            ExportError: if it cannot be recorded.
        """
        self.run()
        cuda = self.cuda
        check_cuda(
            cuda.cudaStreamBeginCapture(self.stream, cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal)
        )
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


def free_memory():
    """Bytes of the GPU that no process has taken."""
    from cuda.bindings import runtime

    return check_cuda(runtime.cudaMemGetInfo())[0]


def load_tensorrt(path, inputs, cuda_graph):
    """An engine of TensorRT as `OnDevice`; with `cuda_graph` it is launched as a CUDA graph.

    Raises:
        NetworkError: as `open_engine`.
        ExportError: if the engine does not run.
    """
    _check_possible()
    free = free_memory()
    opened = open_engine(path)
    timed = OnDevice(opened.set_inputs(**inputs), _stream(), free)
    for name, pointer in timed.device.items():
        opened.context.set_tensor_address(name, pointer)

    def launch():
        if not opened.context.execute_async_v3(int(timed.stream)):
            raise ExportError(f"the engine did not run: {opened.log.first_error()}")

    timed.launch = launch
    if cuda_graph:
        timed.capture()
    return timed


def load_onnx_cuda(path, inputs, cuda_graph):
    """An ONNX file as `OnDevice`, by ONNX Runtime's CUDA provider on this stream; it records a CUDA graph by itself.

    Raises:
        ExportError: if there is no GPU.
        NetworkError: as `cuda_session`.
    """
    _check_possible()
    free, stream = free_memory(), _stream()
    settings = {"user_compute_stream": str(int(stream)), "enable_cuda_graph": str(int(cuda_graph))}
    session = cuda_session(path, settings)
    alpha = np.empty(inputs["trimap"].shape, np.float32)
    timed, binding = OnDevice({**inputs, "alpha": alpha}, stream, free), session.io_binding()
    for name, array in timed.host.items():
        bind = binding.bind_output if name == "alpha" else binding.bind_input
        bind(name, "cuda", 0, array.dtype, array.shape, timed.device[name])
    timed.launch = lambda: session.run_with_iobinding(binding)
    return timed


LOAD = {"tensorrt": load_tensorrt, "onnx_cuda": load_onnx_cuda}


def _check_possible():
    if no_gpu := missing_gpu():
        raise ExportError(no_gpu)
    if not importlib.util.find_spec("cuda"):
        raise ExportError(f"timing on a GPU needs the package cuda-bindings: {INSTALL_CUDA}")


def _stream():
    from cuda.bindings import runtime

    return check_cuda(runtime.cudaStreamCreate())
