"""Where ONNX Runtime computes, on machines with other GPUs and providers than this one."""

import os
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import onnxruntime
import pytest

from helpers.small_onnx import small_onnx
from hop_tf.inference.runtimes import onnx, onnx_devices
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.onnx_devices import CUDA, BoundSession

TENSORRT = "TensorrtExecutionProvider"
CACHE = "/cache/hop-tf/onnxruntime-tensorrt"
CACHES = {
    "trt_engine_cache_enable": "1",
    "trt_engine_cache_path": CACHE,
    "trt_timing_cache_enable": "1",
    "trt_timing_cache_path": CACHE,
}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A function that sets how many GPUs there are, which providers are installed and whether CUDA's starts."""

    def set_up(gpus, *installed, starts=True):
        def session(path, options=None, providers=(), **_):
            fake.asked = providers[0]
            inputs = [SimpleNamespace(name=n, shape=[1, 8, 8, c], type="tensor(float)") for n, c in shapes]
            outputs = [SimpleNamespace(name="alpha")]
            started = [providers[0][0]] if starts else []
            return SimpleNamespace(
                get_inputs=lambda: inputs,
                get_outputs=lambda: outputs,
                get_providers=lambda: started,
                get_modelmeta=lambda: SimpleNamespace(custom_metadata_map={"precision": "float32"}),
            )

        fake, shapes = ModuleType("onnxruntime"), [("image", 3), ("trimap", 1)]
        fake.SessionOptions = onnxruntime.SessionOptions
        fake.get_available_providers, fake.InferenceSession = lambda: [*installed, "CPUExecutionProvider"], session
        monkeypatch.setitem(sys.modules, "onnxruntime", fake)
        monkeypatch.delenv("NVIDIA_TF32_OVERRIDE", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr(onnx, "gpus", lambda: [f"gpu:{i}" for i in range(gpus)])
        return fake

    return set_up


@pytest.mark.parametrize(
    ("gpus", "installed", "device", "asked"),
    [
        (0, [], None, "CPUExecutionProvider"),
        (2, [], None, "CPUExecutionProvider"),
        (0, [CUDA], None, "CPUExecutionProvider"),
        (2, [CUDA], None, (CUDA, {"use_tf32": "0", "device_id": "0"})),
        (2, [CUDA], "gpu", (CUDA, {"use_tf32": "0", "device_id": "0"})),
        (2, [CUDA], "gpu:1", (CUDA, {"use_tf32": "0", "device_id": "1"})),
        (2, [CUDA], "cpu", "CPUExecutionProvider"),
        (2, [CUDA, TENSORRT], None, (CUDA, {"use_tf32": "0", "device_id": "0"})),
        (2, [CUDA, TENSORRT], "tensorrt:1", (TENSORRT, CACHES | {"device_id": "1"})),
    ],
)
def test_the_device_that_is_asked_for_or_the_best_one_is_used(machine, tmp_path, gpus, installed, device, asked):
    library = machine(gpus, *installed)
    onnx.OnnxNetwork("hop.onnx", device)
    chosen = library.asked
    if not isinstance(chosen, str):
        chosen = chosen[0], {name: value.replace(str(tmp_path), "/cache") for name, value in chosen[1].items()}
    assert chosen == asked
    assert os.environ.get("NVIDIA_TF32_OVERRIDE") == ("0" if asked[0] == TENSORRT else None)


def test_settings_of_the_caller_come_on_top_of_exact_float32(machine):
    library = machine(1, CUDA)
    onnx.cuda_session("hop.onnx", {"enable_cuda_graph": "1"})
    assert library.asked == (CUDA, {"use_tf32": "0", "enable_cuda_graph": "1", "device_id": "0"})
    onnx.cuda_session("hop.onnx", {"use_tf32": "1"})
    assert library.asked == (CUDA, {"use_tf32": "1", "device_id": "0"})


@pytest.mark.parametrize(
    ("gpus", "installed", "starts", "device", "message"),
    [
        (1, [CUDA], True, "gpu:1", "sees no device gpu:1 here; there is gpu:0, cpu$"),
        (0, [CUDA], True, "gpu", "sees no device gpu here; there is cpu$"),
        (0, [], True, "gpu", "sees no device gpu here; there is cpu$"),
        (1, [], True, "gpu", "without its CUDA provider: pip install onnxruntime-gpu$"),
        (1, [CUDA], True, "tensorrt", "without its Tensorrt.*: pip install onnxruntime-gpu tensorrt$"),
        (1, [CUDA], True, "rtx", "without its NvTensor.*: pip install onnxruntime-ep-nv-tensorrt-rtx$"),
        (1, [CUDA], False, "gpu", "CUDA provider does not start: see which CUDA and cuDNN it needs"),
    ],
)
def test_a_gpu_that_cannot_be_used_is_said(machine, gpus, installed, starts, device, message):
    machine(gpus, *installed, starts=starts)
    with pytest.raises(NetworkError, match=message):
        onnx.OnnxNetwork("hop.onnx", device)


def test_tensorrt_for_rtx_is_a_plugin_of_onnx_runtime(machine, monkeypatch):
    library, registered, chosen = machine(1), [], []
    gpu = SimpleNamespace(ep_name="NvTensorRTRTXExecutionProvider")
    library.register_execution_provider_library = lambda name, path: registered.append((name, path))
    library.get_ep_devices = lambda: [gpu] if registered else []
    library.SessionOptions = lambda: SimpleNamespace(add_provider_for_devices=lambda *args: chosen.append(args))
    open_session = library.InferenceSession
    library.InferenceSession = lambda path, sess_options: open_session(path, providers=[(gpu.ep_name, {})])
    plugin = ModuleType(onnx_devices.RTX_PLUGIN)
    plugin.get_library_path = lambda: "rtx.so"
    plugin.__spec__ = SimpleNamespace(name=plugin.__name__)
    monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
    assert onnx.OnnxNetwork("hop.onnx", "rtx").device == "rtx:0"
    assert registered == [(gpu.ep_name, "rtx.so")]
    ((devices, options),) = chosen
    assert devices == [gpu] and options["nv_runtime_cache_path"].endswith("hop-tf/onnxruntime-rtx")


def test_bound_inputs_give_what_a_plain_run_gives_at_any_size(tmp_path):
    session = onnxruntime.InferenceSession(small_onnx(tmp_path / "net.onnx", None), providers=["CPUExecutionProvider"])
    bound, rng, alphas = BoundSession(session, {}), np.random.default_rng(0), []
    for size in [(32, 48), (32, 48), (64, 32), (32, 48)]:
        inputs = {name: rng.uniform(0, 255, (1, *size, n)).astype(np.float32) for name, n in PHOTO}
        alphas.append((bound.run(**inputs).copy(), session.run(["alpha"], inputs)[0]))
    for alpha, expected in alphas:
        np.testing.assert_allclose(alpha, expected, atol=1e-6)


PHOTO = ("image", 3), ("trimap", 1)
