"""ONNX Runtime on NVIDIA GPUs: its execution providers as devices, and runs without copies in between."""

import dataclasses
import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.inference.runtimes.devices import choose_device
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.tensorrt_engine import cache_folder

CUDA = "CUDAExecutionProvider"
RTX_PLUGIN = "onnxruntime_ep_nv_tensorrt_rtx"
NVIDIA = 0x10DE  # PCI vendor


@dataclasses.dataclass(frozen=True)
class Provider:
    """An execution provider of ONNX Runtime.

    Attributes:
        name: its name in ONNX Runtime.
        install: the command that installs it.
        options: its options. `{cache}` is the folder of compiled networks.
        plugin: module that registers it; `""` if it is part of ONNX Runtime.
        environment: variables that it reads, where it has no option.
    """

    name: str
    install: str
    options: dict[str, str]
    plugin: str = ""
    environment: dict[str, str] = dataclasses.field(default_factory=dict)

    def is_installed(self) -> bool:
        """Return whether ONNX Runtime can use it."""
        import onnxruntime

        if self.plugin:
            return importlib.util.find_spec(self.plugin) is not None
        return self.name in onnxruntime.get_available_providers()


#: Device -> provider, best first where no device is asked for. Float32 is computed in float32, never in TF32.
PROVIDERS = {
    "gpu": Provider(CUDA, "pip install onnxruntime-gpu", {"use_tf32": "0"}),
    "tensorrt": Provider(
        "TensorrtExecutionProvider",
        "pip install onnxruntime-gpu tensorrt",
        {
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": "{cache}",
            "trt_timing_cache_enable": "1",
            "trt_timing_cache_path": "{cache}",
        },
        environment={"NVIDIA_TF32_OVERRIDE": "0"},
    ),
    "rtx": Provider(
        "NvTensorRTRTXExecutionProvider",
        "pip install onnxruntime-ep-nv-tensorrt-rtx",
        {"nv_runtime_cache_path": "{cache}"},
        RTX_PLUGIN,
    ),
}


def choose(device: str | None, gpus: list[str], library: str) -> str:
    """Return the device that a session will run on.

    Args:
        device: `"cpu"`, `"gpu"` for the CUDA provider, `"tensorrt"` or `"rtx"`, with or without the index of the GPU as
            in `"gpu:1"`; `None` for the CUDA provider if it is installed and there is a GPU, otherwise the CPU.
        gpus: the GPUs of this machine, from `"gpu:0"` on.
        library: name of the library in messages.

    Raises:
        NetworkError: if there is no such device, or its provider is not installed.
    """
    kind = (device or "").partition(":")[0]
    asked = [kind] if kind in PROVIDERS else ["gpu"]
    if kind in PROVIDERS and gpus and not PROVIDERS[kind].is_installed():
        title = "CUDA provider" if kind == "gpu" else PROVIDERS[kind].name
        raise NetworkError(f"ONNX Runtime is installed without its {title}: {PROVIDERS[kind].install}")
    here = [gpu.replace("gpu", name) for name in asked if PROVIDERS[name].is_installed() for gpu in gpus]
    return choose_device(device, [*here, "cpu"], library)


def gpu_session(path: str | Path, device: str, settings: dict[str, Any] | None = None) -> Any:
    """Open an `onnxruntime.InferenceSession` on an NVIDIA GPU.

    Args:
        path: the ONNX file.
        device: from `choose`, not `"cpu"`.
        settings: further options of the provider.

    Raises:
        NetworkError: if the provider does not start.
    """
    import onnxruntime

    kind, _, index = device.partition(":")
    provider, cache = PROVIDERS[kind], cache_folder() / f"onnxruntime-{kind}"
    for name, value in provider.environment.items():
        os.environ.setdefault(name, value)  # read when the provider starts
    chosen = {name: value.format(cache=cache) for name, value in provider.options.items()} | (settings or {})
    if any("{cache}" in value for value in provider.options.values()):
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    if provider.plugin:
        session = _plugin_session(onnxruntime, str(path), provider, int(index or 0), chosen)
    else:
        providers = [(provider.name, {**chosen, "device_id": index or "0"}), "CPUExecutionProvider"]
        session = onnxruntime.InferenceSession(str(path), providers=providers)
    if provider.name not in session.get_providers():  # it would silently run on the CPU
        title = "CUDA provider" if kind == "gpu" else provider.name
        raise NetworkError(f"ONNX Runtime's {title} does not start: see which CUDA and cuDNN it needs")
    return session


def _plugin_session(onnxruntime, path, provider, index, chosen):
    plugin = importlib.import_module(provider.plugin)
    if not any(device.ep_name == provider.name for device in onnxruntime.get_ep_devices()):
        onnxruntime.register_execution_provider_library(provider.name, plugin.get_library_path())
    devices = [device for device in onnxruntime.get_ep_devices() if device.ep_name == provider.name]
    if index >= len(devices):
        raise NetworkError(f"{provider.name} supports {len(devices)} GPUs of this machine; there is no number {index}")
    options = onnxruntime.SessionOptions()
    options.add_provider_for_devices([devices[index]], chosen)
    return onnxruntime.InferenceSession(path, sess_options=options)


class BoundSession:
    """A session whose inputs and output stay where it computes from one run to the next of the same shape.

    Args:
        session: `onnxruntime.InferenceSession`.
        place: arguments of `onnxruntime.OrtValue` that name the device, as from `place_of`.
    """

    def __init__(self, session: Any, place: dict[str, Any]) -> None:
        self._session, self._place = session, place
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._inputs: dict[str, Any] = {}

    def run(self, **inputs: np.ndarray) -> np.ndarray:
        """Return the alpha of `image` and `trimap`, which have the dtype of the session's inputs."""
        import onnxruntime

        inputs = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
        shapes = {name: array.shape for name, array in inputs.items()}
        if shapes != self._shapes:
            values = onnxruntime.OrtValue
            # On the CPU a value would share the memory of the array.
            self._inputs = {x: values.ortvalue_from_numpy(array.copy(), **self._place) for x, array in inputs.items()}
            self._alpha = values.ortvalue_from_shape_and_type(inputs["trimap"].shape, np.float32, **self._place)
            self._binding, self._shapes = self._session.io_binding(), shapes
            for name, value in self._inputs.items():
                self._binding.bind_ortvalue_input(name, value)
            self._binding.bind_ortvalue_output("alpha", self._alpha)
        else:
            for name, array in inputs.items():
                self._inputs[name].update_inplace(array)
        self._session.run_with_iobinding(self._binding)
        self._binding.synchronize_outputs()
        return self._alpha.numpy()


def place_of(device: str) -> dict[str, Any]:
    """Return the arguments of `onnxruntime.OrtValue` that name a device from `choose`."""
    kind, _, index = device.partition(":")
    if kind == "cpu":
        return {}
    if PROVIDERS[kind].plugin:
        return {"device_type": "gpu", "device_id": int(index or 0), "vendor_id": NVIDIA}
    return {"device_type": "cuda", "device_id": int(index or 0)}
