"""What a child does to measure one row: it loads a network, runs it, and says what memory that took."""

import importlib
import time
from pathlib import Path

import numpy as np

from hop_tf.benchmarks.latency.runtimes import RUNTIMES
from hop_tf.benchmarks.latency.worker import memory as processes
from hop_tf.errors import install_hint
from hop_tf.export.errors import ExportError
from hop_tf.inference.formats import EXPORT_FORMATS, FORMATS

MATMUL = 4096

_state = {}


def load(format, precision, source, pictures, shape, dtype="float32", cuda_graph=False):
    """Imports a library, loads a network and the pictures it is run on.

    Args:
        format, precision: of a `Row`.
        source: path of the file; for Keras the entry of `preparing.networks`.
        pictures: folder that `preparing.write_pictures` wrote.
        shape: (batch, height, width) of a file of one size; (batch, None, None) of one for any.
        dtype: of the network's inputs.
        cuda_graph: bool, for runtimes of the GPU alone.

    Returns:
        dict of the columns "device", "cuda_graph" and "load_s".

    Raises:
        ExportError: if the library is missing or cannot load it here.
    """
    runtime = RUNTIMES[format]
    try:
        importlib.import_module(runtime.module)
    except ImportError as error:
        extra = FORMATS[runtime.format or "keras"].read_extra
        raise ExportError(f"needs the package {error.name}: {install_hint(extra)}") from error
    _state["before"] = processes.resident()
    image, trimap = (np.load(Path(pictures) / f"{name}.npy").astype(dtype) for name in ("image", "trimap"))
    inputs = {name: np.repeat(x[None], shape[0], axis=0) for name, x in (("image", image), ("trimap", trimap))}
    start = time.perf_counter()
    if runtime.gpu:
        from hop_tf.benchmarks.latency.worker import cuda

        _state["timed"] = cuda.LOAD[format](source, inputs, cuda_graph)
        columns = {"device": "gpu", "cuda_graph": "on" if cuda_graph else "off"}
    else:
        network = _LOAD.get(format, _load_export)(format, precision, source, shape)
        _state["timed"] = OnHost(network, inputs["image"], inputs["trimap"])
        columns = {"device": _device() if format in ("keras", "saved_model") else "cpu"}
    return {**columns, "load_s": round(time.perf_counter() - start, 3)}


def first_run(alpha):
    """Runs the network once, and writes its alpha, float32, to the path `alpha`; None for nowhere.

    Returns:
        dict of the column "first_run_s".
    """
    start = time.perf_counter()
    _state["timed"].run()
    seconds = time.perf_counter() - start
    if alpha:
        np.save(alpha, np.float32(_state["timed"].alpha))
    return {"first_run_s": round(seconds, 4)}


def run(seconds, runs):
    """Runs the network for at least that many seconds and that often.

    Returns:
        dict of lists of milliseconds, one a run: "total", and on a GPU "h2d", "compute" and "d2h".
    """
    times, start = [], time.perf_counter()
    while len(times) < runs or time.perf_counter() - start < seconds:
        times.append(_state["timed"].run())
    return {phase: [round(time[phase], 5) for time in times] for phase in times[0]}


def memory():
    """Peak memory so far: dict of columns, in 10^6 bytes."""
    peak, device = processes.peak_resident(), _state["timed"].device_memory()
    columns = {"memory_mb": round(peak / 1e6, 1), "network_memory_mb": round((peak - _state["before"]) / 1e6, 1)}
    return columns | ({"device_memory_mb": round(device / 1e6, 1)} if device is not None else {})


def load_matmul(library):
    """Gets ready to multiply two 4096 x 4096 float32 matrices with "numpy" or "tensorflow" in each run."""
    a = np.random.default_rng(0).random((MATMUL, MATMUL), np.float32)
    if library == "numpy":
        _state["timed"] = OnHost(np.matmul, a, a)
        return
    import tensorflow as tf

    _no_tf32()
    a = tf.constant(a)
    _state["timed"] = OnHost(lambda a: tf.reduce_sum(tf.matmul(a, a)).numpy(), a)  # waits for a GPU too


class OnHost:
    """Times a function of arrays on the clock of the host; `alpha` is what it returned last."""

    def __init__(self, function, *inputs):
        self.function, self.inputs, self.alpha = function, inputs, None

    def run(self):
        start = time.perf_counter()
        self.alpha = self.function(*self.inputs)
        return {"total": 1e3 * (time.perf_counter() - start)}

    def device_memory(self):
        """The peak of what TensorFlow took on a GPU, bytes; None without one."""
        import sys

        tf = sys.modules.get("tensorflow")
        if tf is None or not tf.config.list_physical_devices("GPU"):
            return None
        return tf.config.experimental.get_memory_info("GPU:0")["peak"]


def _load_keras(format, precision, source, shape):
    """The fused network, compiled, as `hop_tf.Predictor` runs it."""
    from hop_tf import fuse
    from hop_tf.benchmarks.latency.worker.preparing import model_of
    from hop_tf.export.graph import deployment_graph

    _no_tf32()
    batch, *size = shape
    model = fuse(model_of(source, RUNTIMES[format].precisions[precision]))
    graph = deployment_graph(model, None if None in size else size, batch)
    return lambda image, trimap: graph.predict_on_batch({"image": image, "trimap": trimap})["alpha"]


def _load_export(format, precision, source, shape):
    if format == "saved_model":
        _no_tf32()
    return EXPORT_FORMATS[format].load(source, "cpu" if format == "onnx" else None)


def _load_openvino(format, precision, source, shape):
    return EXPORT_FORMATS[format].load(source, precision="bfloat16" if precision == "bfloat16" else "float32")


_LOAD = {"keras": _load_keras, "openvino": _load_openvino}


def _no_tf32():
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)  # float32 is to mean float32 on a GPU too


def _device():
    import tensorflow as tf

    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"
