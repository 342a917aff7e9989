"""The timing on a GPU, with fakes in place of the CUDA bindings, TensorRT and ONNX Runtime's CUDA provider."""

import ctypes
import enum
import importlib.machinery
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from hop_tf.benchmarks.latency.worker import cuda
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.errors import NetworkError

SHAPE = (1, 4, 6)
MILLISECONDS = [3.0, 20.0, 1.0]
INPUTS = {"image": np.full((*SHAPE, 3), 7, np.float32), "trimap": np.full((*SHAPE, 1), 128, np.float32)}
Error = enum.Enum("Error", ["cudaSuccess", "cudaErrorNoDevice"])
Kind = enum.Enum("Kind", ["cudaMemcpyHostToDevice", "cudaMemcpyDeviceToHost"])


class FakeCuda(ModuleType):
    """The runtime API of one GPU, whose memory is the host's; `calls` is what the stream was given."""

    cudaError_t, cudaMemcpyKind = Error, Kind
    cudaStreamCaptureMode = SimpleNamespace(cudaStreamCaptureModeThreadLocal=1)

    def __init__(self):
        super().__init__("cuda.bindings.runtime")
        self.calls, self.kept, self.free, self.events = [], [], 1000, 0

    def cudaMalloc(self, size):
        self.free -= size
        self.kept.append(ctypes.create_string_buffer(size))
        return Error.cudaSuccess, ctypes.addressof(self.kept[-1])

    def cudaMallocHost(self, size):
        self.kept.append(ctypes.create_string_buffer(size))
        return Error.cudaSuccess, ctypes.addressof(self.kept[-1])

    def cudaMemGetInfo(self):
        return Error.cudaSuccess, self.free, 2000

    def cudaStreamCreate(self):
        return Error.cudaSuccess, 77

    def cudaEventCreate(self):
        self.events += 1
        return Error.cudaSuccess, self.events - 1

    def cudaEventRecord(self, event, stream):
        return self._call(f"event {event}", stream)

    def cudaMemcpyAsync(self, to, source, size, kind, stream):
        ctypes.memmove(to, source, size)
        return self._call(kind.name.removeprefix("cudaMemcpy"), stream)

    def cudaEventSynchronize(self, event):
        return self._call(f"wait for {event}", 77)

    def cudaEventElapsedTime(self, start, end):
        assert end == start + 1
        return Error.cudaSuccess, MILLISECONDS[start]

    def cudaStreamBeginCapture(self, stream, mode):
        return self._call("begin", stream)

    def cudaStreamEndCapture(self, stream):
        return (*self._call("end", stream), "graph")

    def cudaGraphInstantiate(self, graph, flags):
        assert graph == "graph"
        return Error.cudaSuccess, "executable"

    def cudaGraphLaunch(self, executable, stream):
        assert executable == "executable"
        return self._call("graph launch", stream)

    def cudaGetErrorString(self, code):
        return Error.cudaSuccess, b"no device"

    def _call(self, what, stream):
        assert stream == 77
        self.calls.append(what)
        return (Error.cudaSuccess,)


RUN = ["event 0", *["HostToDevice"] * 2, "event 1", "launch", "event 2", "DeviceToHost", "event 3", "wait for 3"]


@pytest.fixture
def gpu(monkeypatch):
    fake, package, bindings = FakeCuda(), ModuleType("cuda"), ModuleType("cuda.bindings")
    package.__spec__ = importlib.machinery.ModuleSpec("cuda", None)
    bindings.runtime = fake
    for name, module in (("cuda", package), ("cuda.bindings", bindings), ("cuda.bindings.runtime", fake)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(cuda, "missing_gpu", lambda: None)
    return fake


@pytest.fixture
def engine(gpu, monkeypatch):
    """An engine whose alpha is the trimap by 256."""
    addresses = {}

    def execute(stream):
        gpu.calls.append("launch")
        trimap, alpha = (
            np.frombuffer((ctypes.c_byte * INPUTS["trimap"].nbytes).from_address(addresses[name]), np.float32)
            for name in ("trimap", "alpha")
        )
        alpha[...] = trimap / 256
        return True

    context = SimpleNamespace(execute_async_v3=execute, set_tensor_address=addresses.__setitem__)
    opened = SimpleNamespace(context=context, set_inputs=lambda image, trimap: engine_arrays(image, trimap))
    monkeypatch.setattr(cuda, "open_engine", lambda path: opened)
    return opened


def engine_arrays(image, trimap):
    return {"image": image, "trimap": trimap, "alpha": np.empty_like(trimap)}


def test_the_phases_of_an_engine_are_timed_apart(gpu, engine):
    timed = cuda.load_tensorrt("hop.engine", INPUTS, False)
    assert timed.run() == {"total": 24.0, "h2d": 3.0, "compute": 20.0, "d2h": 1.0}
    assert gpu.calls == RUN
    np.testing.assert_array_equal(timed.alpha, np.full((*SHAPE, 1), 0.5))
    assert timed.device_memory() == sum(x.nbytes for x in INPUTS.values()) + INPUTS["trimap"].nbytes


def test_a_cuda_graph_takes_the_place_of_the_launch(gpu, engine):
    timed = cuda.load_tensorrt("hop.engine", INPUTS, True)
    assert gpu.calls == [*RUN, "begin", "launch", "end"]
    gpu.calls.clear()
    timed.run()
    assert gpu.calls == ["graph launch" if call == "launch" else call for call in RUN]


def test_an_engine_that_does_not_run_is_said(gpu, engine):
    engine.context.execute_async_v3 = lambda stream: False
    engine.log = SimpleNamespace(first_error=lambda: "out of memory")
    with pytest.raises(ExportError, match="did not run: out of memory"):
        cuda.load_tensorrt("hop.engine", INPUTS, False).run()


def test_a_cuda_error_is_said(gpu, engine):
    gpu.cudaMalloc = lambda size: (Error.cudaErrorNoDevice,)
    with pytest.raises(NetworkError, match="the GPU failed: no device"):
        cuda.load_tensorrt("hop.engine", INPUTS, False)


@pytest.fixture
def onnxruntime(gpu, monkeypatch):
    """ONNX Runtime with a CUDA provider; `bound` is what a session was bound to, `settings` its provider's."""
    fake = ModuleType("onnxruntime")
    fake.bound, fake.provider = {}, "CUDAExecutionProvider"

    def bind(name, device, index, dtype, shape, pointer):
        assert (device, index) == ("cuda", 0)
        fake.bound[name] = dtype, tuple(shape), pointer

    def session(path, providers):
        fake.settings = providers[0][1]
        return SimpleNamespace(
            get_providers=lambda: [fake.provider],
            io_binding=lambda: SimpleNamespace(bind_input=bind, bind_output=bind),
            run_with_iobinding=lambda binding: gpu.calls.append("launch"),
        )

    fake.InferenceSession, fake.get_available_providers = session, lambda: ["CUDAExecutionProvider"]
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)
    return fake


@pytest.mark.parametrize("graph", [False, True])
def test_onnx_runtime_computes_on_the_stream_that_is_timed(gpu, onnxruntime, graph):
    timed = cuda.load_onnx_cuda("hop.onnx", INPUTS, graph)
    assert timed.run() == {"total": 24.0, "h2d": 3.0, "compute": 20.0, "d2h": 1.0}
    assert gpu.calls == RUN
    assert onnxruntime.settings == {"user_compute_stream": "77", "enable_cuda_graph": str(int(graph))}
    assert onnxruntime.bound == {
        name: (np.float32, (*SHAPE, channels), timed.device[name])
        for name, channels in (("image", 3), ("trimap", 1), ("alpha", 1))
    }


def test_onnx_runtime_without_its_cuda_provider_is_said(gpu, onnxruntime):
    onnxruntime.provider = "CPUExecutionProvider"
    with pytest.raises(NetworkError, match="does not start"):
        cuda.load_onnx_cuda("hop.onnx", INPUTS, False)
    onnxruntime.get_available_providers = lambda: ["CPUExecutionProvider"]
    with pytest.raises(NetworkError, match="pip install onnxruntime-gpu$"):
        cuda.load_onnx_cuda("hop.onnx", INPUTS, False)
