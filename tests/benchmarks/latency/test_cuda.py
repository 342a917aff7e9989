"""Timing on a GPU, and with host memory in place of a GPU's."""

import numpy as np
import pytest

pytest.importorskip("cuda.core", reason="needs the package cuda-core")

from helpers.host_engine import HostContext, host_engine
from helpers.host_gpu import HostGpu
from helpers.small_onnx import small_onnx
from hop_tf.benchmarks.latency.worker import cuda, profiles
from hop_tf.benchmarks.latency.worker.cuda import OnDevice, TimedGpu
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes import gpu_memory, tensorrt_engine
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.gpu_memory import Gpu, Tensor
from hop_tf.inference.runtimes.tensorrt_session import EngineSession

SIZE = (512, 768)
PHASES = {"total", "h2d", "compute", "d2h", "enqueue"}


@pytest.fixture
def inputs():
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 256, (1, *SIZE, n), np.uint8) for name, n in (("image", 3), ("trimap", 1))}


class TimedHost(TimedGpu, HostGpu):
    """A `TimedGpu` on whose clock each piece of queued work takes a millisecond."""

    def __init__(self):
        HostGpu.__init__(self)
        self.copies, self.done = [], 0

    def mark(self):
        event = np.zeros(())
        self.queue.append(lambda: event.fill(self.done))
        return event, 0.001 * len(self.queue)

    def sync(self):
        for work in self.queue:
            self.done += not work.__qualname__.startswith("TimedHost")
            work()
        self.queue = []


@pytest.mark.parametrize("graph", [False, True])
def test_copies_and_computation_of_an_engine_are_timed_one_by_one(inputs, graph):
    gpu = TimedHost()
    session = EngineSession(host_engine(gpu, ((1, *SIZE),) * 3), gpu, graph)
    timed = OnDevice(gpu, session.run, inputs["image"], inputs["trimap"])
    for _ in range(3):
        times = timed.run()
        assert {name: times[name] for name in ("h2d", "compute", "d2h", "total")} == {
            "h2d": 2,
            "compute": 1,
            "d2h": 1,
            "total": 4,
        }
    assert gpu.recordings == graph
    np.testing.assert_allclose(timed.alpha[..., 0], inputs["image"][..., 0] / 255, atol=1e-6)
    other = timed.predict(inputs["image"] // 2, inputs["trimap"])
    np.testing.assert_allclose(other[..., 0], inputs["image"][..., 0] // 2 / 255, atol=1e-6)


def test_the_time_to_launch_leaves_out_conversions_on_the_host(inputs):
    gpu = TimedHost()
    marks = iter([(0, 1.0), (0, 1.1), (0, 5.0), (0, 5.2), (0, 5.5), (0, 5.6)])
    gpu.mark = lambda: next(marks)
    session = EngineSession(host_engine(gpu, ((1, *SIZE),) * 3), gpu)
    times = OnDevice(gpu, session.run, inputs["image"], inputs["trimap"]).run()
    assert times["enqueue"] == pytest.approx(700)


def test_each_run_of_a_profile_reports_the_layers_of_an_engine(inputs, monkeypatch):
    gpu = HostGpu()
    engine, execute = host_engine(gpu, ((1, *SIZE),) * 3), HostContext.execute_async_v3
    engine.trt.IProfiler = object

    def reporting(context, stream):
        if hasattr(context, "profiler"):
            context.profiler.report_layer_time("conv", 2.0)
        return execute(context, stream)

    monkeypatch.setattr(HostContext, "execute_async_v3", reporting)
    monkeypatch.setattr(tensorrt_engine, "open_engine", lambda path, device, options: engine)
    monkeypatch.setattr(gpu_memory, "Gpu", lambda index: gpu)
    times = profiles.PROFILES["tensorrt"]("net.engine", inputs, None, None)
    assert times == [("conv", "layer", 2.0)] * profiles.RUNS


@pytest.fixture
def copying(inputs):
    """A "network" on the GPU that copies the trimap to the alpha."""
    gpu = TimedGpu()
    tensors = {name: Tensor(gpu, np.float32) for name in ("image", "trimap", "alpha")}
    for name, tensor in tensors.items():
        tensor.resize(inputs["trimap" if name == "alpha" else name].shape)

    def network(image, trimap):
        tensors["image"].upload(image)
        tensors["trimap"].upload(trimap)
        Gpu.copy(gpu, tensors["trimap"]._device_part, tensors["alpha"]._device_part)
        return tensors["alpha"].download()

    return OnDevice(gpu, network, inputs["image"], inputs["trimap"])


@pytest.mark.gpu
def test_a_run_copies_computes_and_copies_back(copying, inputs):
    times = copying.run()
    np.testing.assert_array_equal(copying.alpha, inputs["trimap"])
    assert set(times) == PHASES and min(times.values()) > 0
    assert times["total"] == pytest.approx(times["h2d"] + times["compute"] + times["d2h"])
    assert copying.device_memory() >= 5 * 4 * SIZE[0] * SIZE[1]


@pytest.mark.gpu
def test_copying_three_channels_takes_longer_than_one(copying):
    copying.run()
    runs = [copying.run() for _ in range(20)]
    h2d, d2h = (np.median([times[phase] for times in runs]) for phase in ("h2d", "d2h"))
    assert h2d > 2 * d2h  # four times the bytes


@pytest.mark.gpu
def test_a_gpu_without_enough_memory_is_an_error(copying):
    with pytest.raises(MemoryError, match="the GPU has no .* MB left"):
        copying.gpu.allocate(1 << 50)


@pytest.mark.gpu
@pytest.mark.parametrize("graph", [False, True])
def test_an_engine_is_timed(tmp_path, inputs, graph):
    from hop_tf.export.engines.building import build_engine
    from hop_tf.inference.runtimes.tensorrt import TensorRTNetwork

    build_engine(small_onnx(tmp_path / "net.onnx", SIZE), tmp_path / "net.engine")
    timed = cuda.load_tensorrt(tmp_path / "net.engine", inputs, graph)
    for _ in range(3):
        assert timed.run()["compute"] > 0
    expected = TensorRTNetwork(tmp_path / "net.engine")(**inputs)
    np.testing.assert_allclose(timed.alpha, expected, atol=1e-3)


@pytest.mark.gpu
@pytest.mark.parametrize("graph", [False, True])
def test_an_onnx_file_is_timed(tmp_path, inputs, graph):
    onnxruntime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("needs onnxruntime-gpu")
    from hop_tf.inference.runtimes.onnx import OnnxNetwork

    path = small_onnx(tmp_path / "net.onnx", SIZE)
    timed = cuda.load_onnx_cuda(path, inputs, graph)
    for _ in range(3):
        assert timed.run()["compute"] > 0
    np.testing.assert_allclose(timed.alpha, OnnxNetwork(path, "cpu")(**inputs), atol=1e-3)


@pytest.mark.parametrize("graph", [False, True])
def test_an_onnx_file_is_timed_in_exact_float32(tmp_path, inputs, monkeypatch, graph):
    import onnxruntime

    class OpenedError(Exception):
        pass

    def session(path, providers):
        raise OpenedError(dict([providers[0]]))

    monkeypatch.setattr(cuda, "TimedGpu", TimedHost)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    with pytest.raises(OpenedError) as opened:
        cuda.load_onnx_cuda(tmp_path / "net.onnx", inputs, graph)
    (settings,) = opened.value.args[0].values()
    assert settings["use_tf32"] == "0"
    assert settings["enable_cuda_graph"] == str(int(graph))


@pytest.mark.parametrize("graph", [False, True])
def test_an_onnx_file_runs_in_the_buffers_that_are_timed(tmp_path, inputs, monkeypatch, graph):
    """ONNX Runtime's CPU provider, which computes at once, takes the place of its CUDA provider."""
    import onnxruntime

    path = small_onnx(tmp_path / "net.onnx", SIZE)
    expected = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(
        ["alpha"], {name: np.float32(x) for name, x in inputs.items()}
    )
    gpu = TimedHost()

    class OnHost:
        def __init__(self, path, settings):
            assert settings == {"user_compute_stream": "7", "enable_cuda_graph": str(int(graph))}
            self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            self.get_inputs, self.get_outputs = self.session.get_inputs, self.session.get_outputs

        def io_binding(self):
            binding = self.session.io_binding()

            class Binding:
                bind_input = staticmethod(lambda name, kind, *rest: binding.bind_input(name, "cpu", *rest))
                bind_output = staticmethod(lambda name, kind, *rest: binding.bind_output(name, "cpu", *rest))

            self.binding = binding
            return Binding

        def run_with_iobinding(self, binding, options):
            assert options.get_run_config_entry("disable_synchronize_execution_providers") == "1"
            gpu.queue.append(lambda: self.session.run_with_iobinding(self.binding))

    monkeypatch.setattr(cuda, "TimedGpu", lambda: gpu)
    monkeypatch.setattr(cuda, "cuda_session", OnHost)
    timed = cuda.load_onnx_cuda(path, inputs, graph)
    assert timed.run()["total"] == 4
    np.testing.assert_allclose(timed.alpha, expected[0], atol=1e-5)


@pytest.mark.skipif(not missing_gpu(), reason="there is a GPU")
@pytest.mark.parametrize("load", cuda.LOAD.values())
def test_loading_without_a_gpu_is_an_error(tmp_path, inputs, load):
    with pytest.raises(ExportError, match="NVIDIA driver"):
        load(tmp_path / "net", inputs, False)
