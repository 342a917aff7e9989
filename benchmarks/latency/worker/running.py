"""Load a network in this process, run it and time it."""

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from hop_tf.benchmarks.latency.rows import RUNTIMES, Row, Settings
from hop_tf.benchmarks.latency.worker.memory import peak_resident
from hop_tf.benchmarks.latency.worker.networks import SavedNetwork, build
from hop_tf.errors import install_hint
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes import load
from hop_tf.inference.runtimes.devices import processors

MATMUL = 4096  # side of the matrices
Columns = dict[str, Any]


class OnHost:
    """A function of arrays, timed by the host's clock; `alpha` is the result of the last run."""

    def __init__(self, function: Callable, *inputs: np.ndarray) -> None:
        self.function, self.inputs, self.alpha = function, inputs, None

    def run(self) -> dict[str, float]:
        """Run once and return the milliseconds as "total"."""
        start = time.perf_counter()
        self.alpha = self.function(*self.inputs)
        return {"total": 1e3 * (time.perf_counter() - start)}

    def predict(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the alpha of other inputs."""
        return self.function(*(x.astype(own.dtype) for x, own in zip(inputs, self.inputs, strict=True)))

    def device_memory(self) -> int | None:
        """Return the peak bytes that TensorFlow took on a GPU; `None` without one."""
        tf = sys.modules.get("tensorflow")
        if tf is None or not tf.config.list_physical_devices("GPU"):
            return None
        return tf.config.experimental.get_memory_info("GPU:0")["peak"]


_timed: Any = None  # an `OnHost`, or a `cuda.OnDevice`
_resident_before = 0


def start(row: Row, source: Path | SavedNetwork, settings: Settings) -> Columns:
    """Import the row's library, load its network and run it once.

    Args:
        row: the row to measure.
        source: the exported file, or for Keras the network.
        settings: the pictures are in its `work` folder.

    Returns:
        The columns "device", "cuda_graph", "options", "load_s", "first_run_s" and those of `memory`.

    Raises:
        UserError: if the library is missing or cannot load the network here.
    """
    global _timed, _resident_before
    import_library(row)
    _resident_before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    _timed, columns = load_row(row, source, settings)
    loaded = time.perf_counter()
    _timed.run()
    columns |= {"load_s": round(loaded - began, 3), "first_run_s": round(time.perf_counter() - loaded, 4)}
    return columns | memory()


def run(seconds: float = 0.0) -> tuple[dict[str, list[float]], float]:
    """Run for at least that many seconds, and at least once.

    Returns:
        The milliseconds of each run, by phase, and the seconds that all took on the clock.
    """
    times, began = [], time.perf_counter()
    while not times or time.perf_counter() - began < seconds:
        times.append(_timed.run())
    seconds = time.perf_counter() - began
    return {phase: [round(time[phase], 5) for time in times] for phase in times[0]}, seconds


def memory() -> dict[str, float]:
    """Return the columns of the peak memory so far, in 10^6 bytes."""
    peak, device = peak_resident(), _timed.device_memory()
    columns = {"memory_mb": peak, "network_memory_mb": peak - _resident_before, "device_memory_mb": device}
    return {name: round(x / 1e6, 1) for name, x in columns.items() if x is not None}


def start_matmul(library: str) -> None:
    """Prepare to multiply two float32 matrices of side `MATMUL` with "numpy" or "tensorflow" in each run."""
    global _timed
    a = np.random.default_rng(0).random((MATMUL, MATMUL), np.float32)
    if library == "numpy":
        _timed = OnHost(np.matmul, a, a)
        return
    import tensorflow as tf

    _disable_tf32()
    a = tf.constant(a)
    _timed = OnHost(lambda a: tf.reduce_sum(tf.matmul(a, a)).numpy(), a)  # the sum waits for a GPU


def import_library(row: Row) -> None:
    """Import the row's library, whose memory is not the network's."""
    runtime = RUNTIMES[row.format]
    try:
        importlib.import_module(runtime.library)
    except ImportError as error:
        hint = install_hint(runtime.format.read_extra)
        raise ExportError(f"needs the package {error.name}: {hint}") from error


def load_row(row: Row, source: Path | SavedNetwork, settings: Settings) -> tuple[Any, Columns]:
    """Load a network to time on the first picture; return it with its columns "device", "cuda_graph" and "options"."""
    with np.load(settings.pictures) as pictures:
        inputs = {name: np.repeat(pictures[name], row.batch, axis=0) for name in ("image", "trimap")}
    if RUNTIMES[row.format].cuda:
        from hop_tf.benchmarks.latency.worker import cuda

        timed = cuda.LOAD[row.format](source, inputs, settings.cuda_graph)
        return timed, {"device": "gpu", "cuda_graph": "on" if settings.cuda_graph else "off"}
    network, dtype, device, options = (_load_keras if row.format == "keras" else _load_file)(row, source)
    timed = OnHost(network, *(x.astype(dtype) for x in inputs.values()))
    return timed, {"device": device.partition(":")[0], "options": options}


def _load_file(row: Row, path: Path) -> tuple[Callable, Any, str, Columns]:
    """Return a network, the dtype of its inputs, its device and the options of its session."""
    if row.format == "saved_model":
        _disable_tf32()
    precision = "bfloat16" if row.precision == "bfloat16" else None
    network = load(path, row.format, None if row.format == "saved_model" else "cpu", precision)
    options: Columns = {}
    if row.format == "onnx":
        options = dict(network._session.get_provider_options())
    elif row.format == "openvino":
        names = ("INFERENCE_PRECISION_HINT", "PERFORMANCE_HINT", "NUM_STREAMS", "INFERENCE_NUM_THREADS")
        options = {name: str(network._compiled.get_property(name)) for name in names}
    elif row.format == "tflite":
        options = {"num_threads": processors()}
    return network, network.input_dtype, network.device, options


def _load_keras(row: Row, saved: SavedNetwork) -> tuple[Callable, Any, str, Columns]:
    """Return the same as `_load_file` for the fused, compiled network, as `hop_tf.Predictor` runs it."""
    import tensorflow as tf

    from hop_tf import fuse
    from hop_tf.export.graph import deployment_graph

    _disable_tf32()
    policy = RUNTIMES["keras"].precisions[row.precision]
    graph = deployment_graph(fuse(build(saved, policy)), None if row.dynamic else row.size, row.batch)

    def network(image, trimap):
        return graph.predict_on_batch({"image": image, "trimap": trimap})["alpha"]

    return network, np.float32, "gpu" if tf.config.list_physical_devices("GPU") else "cpu", {"policy": policy}


def _disable_tf32() -> None:
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)  # float32 means float32 on a GPU too
