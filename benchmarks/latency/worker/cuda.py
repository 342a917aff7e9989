"""Runs on an NVIDIA GPU, timed by CUDA events: copy to the GPU, computation and copy back."""

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.benchmarks.latency.worker.running import OnHost
from hop_tf.errors import install_hint
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.gpu_memory import Gpu, Tensor
from hop_tf.inference.runtimes.onnx import DTYPES, cuda_session
from hop_tf.inference.runtimes.tensorrt_engine import RuntimeOptions, open_engine
from hop_tf.inference.runtimes.tensorrt_session import EngineSession

PHASES = ("h2d", "compute", "d2h")
Mark = tuple[Any, float]


class TimedGpu(Gpu):
    """A GPU that records when each copy begins and ends.

    Attributes:
        copies: the marks before and after each copy.
    """

    def __init__(self, index: int = 0) -> None:
        if no_gpu := missing_gpu():
            raise ExportError(no_gpu)
        if not importlib.util.find_spec("cuda"):
            raise ExportError(f"timing on a GPU needs the package cuda-core: {install_hint('tensorrt')}")
        super().__init__(index)
        self.copies: list[tuple[Mark, Mark]] = []
        self._free = self._free_memory()

    def copy(self, source: Any, target: Any) -> None:
        """Queue a copy between two buffers, and the events that time it."""
        before = self.mark()
        super().copy(source, target)
        self.copies.append((before, self.mark()))

    def mark(self) -> Mark:
        """Queue an event, and return it with the seconds on the host's clock."""
        from cuda.core import EventOptions

        return self._stream.record(options=EventOptions(timing_enabled=True)), time.perf_counter()

    def taken_memory(self) -> int:
        """Return the bytes that were taken on the GPU since this object was made."""
        return self._free - self._free_memory()

    def _free_memory(self):
        from cuda.bindings import runtime

        return runtime.cudaMemGetInfo()[1]


class OnDevice(OnHost):
    """A network on a GPU.

    Args:
        gpu: where the network copies `image` and `trimap` in, and `alpha` out.
        network: function of `image` and `trimap` on the host that returns `alpha`.
        inputs: `image` and `trimap`.
    """

    def __init__(self, gpu: TimedGpu, network: Callable, *inputs: np.ndarray) -> None:
        super().__init__(network, *inputs)
        self.gpu = gpu

    def run(self) -> dict[str, float]:
        """Run once and return milliseconds: "h2d", "compute", "d2h" and their sum "total", as in `trtexec`.

        "enqueue" is the time the CPU takes to launch them, which can limit the speed of a small network.
        """
        self.gpu.copies.clear()
        super().run()
        image, trimap, alpha = self.gpu.copies

        def on_gpu(start, end):
            return end[0] - start[0]

        def on_host(start, end):
            return 1e3 * (end[1] - start[1])

        times = on_gpu(*image) + on_gpu(*trimap), on_gpu(trimap[1], alpha[0]), on_gpu(*alpha)
        # not the time between the first two copies, in which the host converts the trimap
        enqueue = on_host(*image) + on_host(trimap[0], alpha[1])
        return {"total": sum(times), **dict(zip(PHASES, times, strict=True)), "enqueue": enqueue}

    def device_memory(self) -> int:
        """Return the bytes taken on the GPU since before loading."""
        return self.gpu.taken_memory()


def load_tensorrt(path: Path, inputs: dict[str, np.ndarray], cuda_graph: bool) -> OnDevice:
    """Load a TensorRT engine; with `cuda_graph`, launch it as a CUDA graph.

    Raises:
        NetworkError: if it cannot be opened, as `open_engine`.
        ExportError: if there is no GPU.
    """
    gpu = TimedGpu()
    engine = open_engine(path, None, RuntimeOptions(cuda_graph, cache=None))
    return OnDevice(gpu, EngineSession(engine, gpu, cuda_graph).run, inputs["image"], inputs["trimap"])


def load_onnx_cuda(path: Path, inputs: dict[str, np.ndarray], cuda_graph: bool) -> OnDevice:
    """Load an ONNX file with ONNX Runtime's CUDA provider, which records its CUDA graph itself.

    Raises:
        NetworkError: if the provider is missing or does not start, as `cuda_session`.
        ExportError: if there is no GPU.
    """
    import onnxruntime

    gpu = TimedGpu()
    settings = {"user_compute_stream": str(gpu.stream), "enable_cuda_graph": str(int(cuda_graph))}
    session = cuda_session(path, settings)
    binding, options = session.io_binding(), onnxruntime.RunOptions()
    # otherwise a launch waits for the computation
    options.add_run_config_entry("disable_synchronize_execution_providers", "1")
    tensors = {x.name: Tensor(gpu, DTYPES[x.type]) for x in (*session.get_inputs(), *session.get_outputs())}
    for name, tensor in tensors.items():
        tensor.resize(inputs["trimap" if name == "alpha" else name].shape)
        bind = binding.bind_output if name == "alpha" else binding.bind_input
        bind(name, "cuda", 0, tensor.dtype, tensor.shape, tensor.address)

    def run(image, trimap):
        tensors["image"].upload(image)
        tensors["trimap"].upload(trimap)
        session.run_with_iobinding(binding, options)
        return tensors["alpha"].download()

    return OnDevice(gpu, run, inputs["image"], inputs["trimap"])


LOAD = {"tensorrt": load_tensorrt, "onnx_cuda": load_onnx_cuda}
