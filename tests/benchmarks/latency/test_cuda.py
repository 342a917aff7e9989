"""Timing on a GPU."""

import numpy as np
import pytest

from helpers.small_onnx import small_onnx
from hop_tf.benchmarks.latency.worker import cuda
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.tensorrt import check_cuda

SIZE = (512, 768)


@pytest.fixture
def inputs():
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 256, (1, *SIZE, n), np.uint8) for name, n in (("image", 3), ("trimap", 1))}


@pytest.fixture
def copying(inputs):
    """A "network" on the GPU that copies the trimap to the alpha."""
    runtime = pytest.importorskip("cuda.bindings.runtime")
    free, stream = cuda._start()
    arrays = {name: np.float32(x) for name, x in inputs.items()}
    timed = cuda.OnDevice({**arrays, "alpha": np.empty_like(arrays["trimap"])}, stream, free)

    def launch():
        kind, size = runtime.cudaMemcpyKind.cudaMemcpyDeviceToDevice, arrays["trimap"].nbytes
        check_cuda(runtime.cudaMemcpyAsync(timed.device["alpha"], timed.device["trimap"], size, kind, stream))

    timed.launch = launch
    return timed


@pytest.mark.gpu
def test_a_run_copies_computes_and_copies_back(copying, inputs):
    times = copying.run()
    np.testing.assert_array_equal(copying.alpha, inputs["trimap"])
    assert set(times) == {"total", "h2d", "compute", "d2h"} and min(times.values()) > 0
    assert times["total"] == pytest.approx(times["h2d"] + times["compute"] + times["d2h"])
    assert copying.device_memory() >= 5 * 4 * SIZE[0] * SIZE[1]


@pytest.mark.gpu
def test_copying_three_channels_takes_longer_than_one(copying):
    copying.run()
    runs = [copying.run() for _ in range(20)]
    h2d, d2h = (np.median([times[phase] for times in runs]) for phase in ("h2d", "d2h"))
    assert h2d > 2 * d2h  # four times the bytes


@pytest.mark.gpu
def test_a_cuda_graph_computes_the_same(copying):
    copying.capture()
    copying.host["trimap"][...] = 7
    copying.run()
    assert (copying.alpha == 7).all()


@pytest.mark.gpu
def test_a_gpu_without_enough_memory_is_an_error(inputs):
    pytest.importorskip("cuda.bindings.runtime")
    free, stream = cuda._start()
    with pytest.raises(NetworkError, match="the GPU failed: out of memory"):
        check_cuda(cuda.OnDevice({}, stream, free).cuda.cudaMalloc(2 * free))


@pytest.mark.gpu
@pytest.mark.parametrize("graph", [False, True])
def test_an_engine_is_timed(tmp_path, inputs, graph):
    from hop_tf.export.engines.building import build_engine
    from hop_tf.inference.runtimes.tensorrt import TensorRTNetwork

    build_engine(small_onnx(tmp_path / "net.onnx", SIZE), tmp_path / "net.engine")
    timed = cuda.load_tensorrt(tmp_path / "net.engine", inputs, graph)
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
    assert timed.run()["compute"] > 0
    np.testing.assert_allclose(timed.alpha, OnnxNetwork(path, "cpu")(**inputs), atol=1e-3)


@pytest.mark.parametrize("graph", [False, True])
def test_an_onnx_file_is_timed_in_exact_float32(tmp_path, inputs, monkeypatch, graph):
    import onnxruntime

    class OpenedError(Exception):
        pass

    def session(path, providers):
        raise OpenedError(dict([providers[0]]))

    monkeypatch.setattr(cuda, "_start", lambda: (0, 7))
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    with pytest.raises(OpenedError) as opened:
        cuda.load_onnx_cuda(tmp_path / "net.onnx", inputs, graph)
    (settings,) = opened.value.args[0].values()
    assert settings["use_tf32"] == "0"
    assert settings["enable_cuda_graph"] == str(int(graph))


@pytest.mark.skipif(not missing_gpu(), reason="there is a GPU")
@pytest.mark.parametrize("load", cuda.LOAD.values())
def test_loading_without_a_gpu_is_an_error(tmp_path, inputs, load):
    with pytest.raises(ExportError, match="NVIDIA driver"):
        load(tmp_path / "net", inputs, False)
