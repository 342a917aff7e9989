"""The most expensive operations of a network, as its library counts them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.benchmarks.latency.rows import Row, Settings

RUNS = 5
SHOWN = 10
Times = Iterable[tuple[str, str, float]]  # name, kind and milliseconds of operations


def profile(row: Row, source: Path, settings: Settings) -> list[dict[str, Any]]:
    """Return the ten operations that take longest: "name", "kind", "ms" of one run and its "share"."""
    with np.load(settings.pictures) as pictures:
        inputs = {name: np.repeat(pictures[name], row.batch, axis=0) for name in ("image", "trimap")}
    times: dict[tuple[str, str], list[float]] = {}
    for name, kind, ms in PROFILES[row.format](source, inputs, row, settings):
        times.setdefault((name, kind), []).append(ms)
    medians = {operation: float(np.median(values)) for operation, values in times.items()}
    longest, total = sorted(medians.items(), key=lambda item: -item[1])[:SHOWN], sum(medians.values())
    return [{"name": n, "kind": k, "ms": round(ms, 3), "share": round(ms / total, 4)} for (n, k), ms in longest]


def _onnx(path: Path, inputs: dict[str, np.ndarray], row: Row, settings: Settings) -> Times:
    """Yield the operations in ONNX Runtime's profile."""
    import onnxruntime

    from hop_tf.inference.runtimes.onnx import DTYPES

    options = onnxruntime.SessionOptions()
    options.enable_profiling, options.profile_file_prefix = True, str(settings.work / "onnxruntime")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    inputs = {x.name: inputs[x.name].astype(DTYPES[x.type]) for x in session.get_inputs()}
    for _ in range(RUNS):
        session.run(["alpha"], inputs)
    for event in json.loads(Path(session.end_profiling()).read_text()):
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            yield event["name"].removesuffix("_kernel_time"), event["args"]["op_name"], event["dur"] / 1e3


def _openvino(path: Path, inputs: dict[str, np.ndarray], row: Row, settings: Settings) -> Times:
    """Yield OpenVINO's performance counters."""
    import openvino

    from hop_tf.inference.runtimes.openvino import HINTS

    hint = HINTS["bfloat16" if row.precision == "bfloat16" else "float32"]
    options = {"PERF_COUNT": "YES", "INFERENCE_PRECISION_HINT": hint}
    compiled = openvino.Core().compile_model(path / "model.xml" if path.is_dir() else path, "CPU", options)
    request = compiled.create_infer_request()
    for _ in range(RUNS):
        request.infer({x.any_name: inputs[x.any_name].astype(x.element_type.to_dtype()) for x in compiled.inputs})
        for x in request.get_profiling_info():
            yield x.node_name, f"{x.node_type} ({x.exec_type})", 1e3 * x.real_time.total_seconds()


def _tensorrt(path: Path, inputs: dict[str, np.ndarray], row: Row, settings: Settings) -> Times:
    """Return the times of an engine's layers, which TensorRT reports while it runs."""
    from hop_tf.inference.runtimes.gpu_memory import Gpu
    from hop_tf.inference.runtimes.tensorrt_engine import RuntimeOptions, open_engine
    from hop_tf.inference.runtimes.tensorrt_session import EngineSession

    engine, times = open_engine(path, None, RuntimeOptions(cuda_graph=False, cache=None)), []

    class Profiler(engine.trt.IProfiler):
        def report_layer_time(self, layer_name, ms):
            times.append((layer_name, "layer", ms))

    session, profiler = EngineSession(engine, Gpu(engine.device), False), Profiler()
    session.run(**inputs)
    for context in session.contexts:
        context.profiler = profiler
    for _ in range(RUNS):
        session.run(**inputs)
    return times


PROFILES = {"onnx": _onnx, "openvino": _openvino, "tensorrt": _tensorrt}
