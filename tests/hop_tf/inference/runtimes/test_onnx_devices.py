"""Where ONNX Runtime computes, on machines with other GPUs and providers than this one."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from hop_tf.inference.runtimes import onnx
from hop_tf.inference.runtimes.errors import NetworkError


@pytest.fixture
def machine(monkeypatch):
    """A function that sets how many GPUs there are, which providers are installed and whether CUDA's starts."""

    def set_up(gpus, *installed, starts=True):
        def session(path, providers):
            fake.asked = providers[0]
            inputs = [SimpleNamespace(name=n, shape=[1, 8, 8, c], type="tensor(float)") for n, c in shapes]
            outputs = [SimpleNamespace(name="alpha")]
            started = [onnx.CUDA] if starts else []
            return SimpleNamespace(
                get_inputs=lambda: inputs,
                get_outputs=lambda: outputs,
                get_providers=lambda: started,
                get_modelmeta=lambda: SimpleNamespace(custom_metadata_map={"precision": "float32"}),
            )

        fake, shapes = ModuleType("onnxruntime"), [("image", 3), ("trimap", 1)]
        fake.get_available_providers, fake.InferenceSession = lambda: [*installed, "CPUExecutionProvider"], session
        monkeypatch.setitem(sys.modules, "onnxruntime", fake)
        monkeypatch.setattr(onnx, "gpus", lambda: [f"gpu:{i}" for i in range(gpus)])
        return fake

    return set_up


@pytest.mark.parametrize(
    ("gpus", "installed", "device", "asked"),
    [
        (0, [], None, "CPUExecutionProvider"),
        (2, [], None, "CPUExecutionProvider"),
        (0, [onnx.CUDA], None, "CPUExecutionProvider"),
        (2, [onnx.CUDA], None, (onnx.CUDA, {"use_tf32": "0", "device_id": "0"})),
        (2, [onnx.CUDA], "gpu", (onnx.CUDA, {"use_tf32": "0", "device_id": "0"})),
        (2, [onnx.CUDA], "gpu:1", (onnx.CUDA, {"use_tf32": "0", "device_id": "1"})),
        (2, [onnx.CUDA], "cpu", "CPUExecutionProvider"),
    ],
)
def test_the_device_that_is_asked_for_or_the_best_one_is_used(machine, gpus, installed, device, asked):
    library = machine(gpus, *installed)
    onnx.OnnxNetwork("hop.onnx", device)
    assert library.asked == asked


def test_settings_of_the_caller_come_on_top_of_exact_float32(machine):
    library = machine(1, onnx.CUDA)
    onnx.cuda_session("hop.onnx", {"enable_cuda_graph": "1"})
    assert library.asked == (onnx.CUDA, {"use_tf32": "0", "enable_cuda_graph": "1"})
    onnx.cuda_session("hop.onnx", {"use_tf32": "1"})
    assert library.asked == (onnx.CUDA, {"use_tf32": "1"})


@pytest.mark.parametrize(
    ("gpus", "installed", "starts", "device", "message"),
    [
        (1, [onnx.CUDA], True, "gpu:1", "sees no device gpu:1 here; there is gpu:0, cpu$"),
        (0, [onnx.CUDA], True, "gpu", "sees no device gpu here; there is cpu$"),
        (0, [], True, "gpu", "sees no device gpu here; there is cpu$"),
        (1, [], True, "gpu", "without its CUDA provider: pip install onnxruntime-gpu$"),
        (1, [onnx.CUDA], False, "gpu", "CUDA provider does not start: see which CUDA and cuDNN it needs"),
    ],
)
def test_a_gpu_that_cannot_be_used_is_said(machine, gpus, installed, starts, device, message):
    machine(gpus, *installed, starts=starts)
    with pytest.raises(NetworkError, match=message):
        onnx.OnnxNetwork("hop.onnx", device)
