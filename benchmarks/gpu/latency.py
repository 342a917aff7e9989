"""Latency and correctness of the networks in a pack, a line of JSON for each row, the most important first.

    python -m benchmarks gpu-latency build/gpu-pack/files

Each network is run as a TensorRT engine, built ahead of time or else here, by ONNX Runtime and by Keras, and its alpha
is compared with that of Keras in float32. PyTorch computes only the attention blocks, in their plain form. Without a
GPU, only the smallest network of each precision is measured.
"""

import argparse
import functools
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.errors import UserError, first_line
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.onnx_devices import PROVIDERS


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code: 1 if no row could run."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks gpu-latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("pack", type=Path, help="folder of a pack, or its folder files")
    add(
        "--engines", action="store_true", help="only engines, the first of each precision: do they load and build here?"
    )
    add("--seconds", type=float, default=1.0, help="per row, at least; default: %(default)s")
    args = parser.parse_args(argv)
    from hop_tf.benchmarks.latency import machine

    ran = 0
    for row, measure in rows(args.pack, args.engines):
        start = time.perf_counter()
        try:
            row |= measure(args.seconds) | machine.state()
            ran += 1
        except Exception as error:  # libraries raise nearly anything; the other rows still run
            row["error"] = f"{type(error).__name__}: {first_line(error)}"
        print(json.dumps(row | {"row_s": round(time.perf_counter() - start, 1)}), flush=True)
    if not args.engines and (skipped := len(entries(args.pack)) - len(measured(args.pack))):
        print(f"{skipped} networks skipped: without a GPU, only the smallest of each precision is measured")
    return 0 if ran else 1


def entries(pack: Path) -> list[dict[str, Any]]:
    """Return what the pack tells of each network whose ONNX file it holds."""
    return [entry for entry in json.loads((pack / "pack.json").read_text()) if (pack / entry["onnx"]).is_file()]


def measured(pack: Path, only_engines: bool = False) -> list[dict[str, Any]]:
    """Return the entries to measure: the first of each precision for engines, the smallest of each without a GPU."""
    found = entries(pack)
    if missing_gpu():
        found.sort(key=lambda entry: entry["multiply_adds"])
    elif not only_engines:
        return found
    first = {entry["precision"]: entry for entry in reversed(found)}
    return list(first.values())[::-1]


def rows(pack: Path, only_engines: bool = False) -> Iterator[tuple[dict[str, Any], Callable[[float], dict[str, Any]]]]:
    """Yield the known columns of each row, and the function of seconds that measures the others."""
    kinds: list[dict[str, Callable]] = [{"engine": _engine, "attention in PyTorch": _torch}, {"keras": _keras}]
    if only_engines:
        kinds = [{"engine": _run_engine, "engine built here": _build}]
    elif missing_gpu() or any(provider.is_installed() for provider in PROVIDERS.values()):
        kinds[1]["onnx"] = _run_onnx
    for some in kinds:
        for entry in measured(pack, only_engines):
            columns = {"network": entry["network"], "precision": entry["precision"]}
            columns["size"] = "x".join(map(str, entry["size"]))
            for name, measure in some.items():
                if entry["precision"] == "int8" and name in ("keras", "attention in PyTorch"):
                    continue
                if name == "onnx" and entry["precision"] == "bfloat16" and missing_gpu():
                    continue  # ONNX Runtime has no convolutions in bfloat16 on a CPU
                if name == "engine" and not entry.get("engine") and only_engines:
                    continue
                yield {"row": name, **columns}, functools.partial(measure, pack, entry)


def _engine(pack, entry, seconds):
    """Run the engine built ahead of time, or if that is not possible, one built here."""
    try:
        return _run_engine(pack, entry, seconds)
    except UserError as error:
        return {"ahead_of_time": first_line(error)} | _build(pack, entry, seconds)


def _run_engine(pack, entry, seconds):
    engine = entry.get("engine")
    if not engine or not (pack / engine).is_file():
        raise UserError("the pack has no engine")
    return _run(pack, entry, "engine", seconds) | _phases(pack / engine, pack, entry)


def _run_onnx(pack, entry, seconds):
    return _run(pack, entry, "onnx", seconds)


def _build(pack, entry, seconds):
    """Build an engine here from the ONNX file and run it."""
    from hop_tf.export.engines.building import build_engine
    from hop_tf.export.engines.options import EngineOptions

    with tempfile.TemporaryDirectory() as folder:
        start, engine = time.perf_counter(), Path(folder) / "hop.engine"
        capabilities = ("8.9",) if missing_gpu() else ()
        build_engine(pack / entry["onnx"], engine, EngineOptions(entry["precision"], capabilities))
        columns = {"build_s": round(time.perf_counter() - start, 1), "bytes": engine.stat().st_size}
        if missing_gpu():
            return columns
        return columns | _run_engine(pack, {**entry, "engine": engine}, seconds)


def _run(pack, entry, kind, seconds):
    from hop_tf.inference.runtimes import load

    start = time.perf_counter()
    network = load(pack / entry[kind])
    columns = {"load_s": round(time.perf_counter() - start, 2), "library": network.description}
    return columns | _measure(network, pack, entry, seconds)


def _keras(pack, entry, seconds):
    import keras

    from hop_tf import HOPMatting, fuse, presets
    from hop_tf.export.graph import deployment_graph
    from hop_tf.inference.runtimes.keras import POLICIES

    keras.utils.set_random_seed(0)
    bundled = presets[entry["network"]]["weights"] is not None
    model = HOPMatting.from_preset(entry["network"], load_weights=bundled, dtype=POLICIES[entry["precision"]])
    graph = deployment_graph(fuse(model), tuple(entry["size"]))

    def network(image, trimap):
        return graph.predict_on_batch({"image": np.float32(image), "trimap": np.float32(trimap)})["alpha"]

    columns = {"library": f"Keras on {keras.backend.backend()}"} | _measure(network, pack, entry, seconds)
    if not bundled:  # each backend draws its own weights
        columns = {name: value for name, value in columns.items() if "difference" not in name}
    return columns


def _torch(pack, entry, seconds):
    import torch

    from hop_tf import presets
    from hop_tf.benchmarks.gpu.plain_torch import attention_blocks
    from hop_tf.benchmarks.gpu.roofline import seconds_of

    device = "cuda" if torch.cuda.is_available() else "cpu"
    width = presets[entry["network"]]["config"].get("width", 1.0)
    run = attention_blocks(tuple(entry["size"]), entry["precision"], device, width)
    return {"library": f"PyTorch on {device}", "compute_ms": round(1e3 * seconds_of(run, device, seconds), 3)}


def _measure(network, pack, entry, seconds):
    """Compare a network with Keras in float32 and time it on the host's clock, copies included."""
    with np.load(pack / entry["expected"]) as stored:
        image, trimap = stored["image"][None], stored["trimap"][None, ..., None]
        difference = abs(np.float64(network(image, trimap)) - stored["alpha"])
    times, began = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        network(image, trimap)
        times.append(1e3 * (time.perf_counter() - start))
    median, p90 = np.percentile(times, (50, 90))
    return {
        "max_difference": float(f"{difference.max():.2g}"),
        "mean_difference": float(f"{difference.mean():.2g}"),
        "runs": len(times),
        "median_ms": round(median, 3),
        "p90_ms": round(p90, 3),
        "tera_operations": round(2 * entry["multiply_adds"] / 1e12, 4),
    }


def _phases(engine, pack, entry):
    """Return the medians of copying to the GPU, computing and copying back, by CUDA events, and the memory taken."""
    from hop_tf.benchmarks.latency.worker import cuda

    with np.load(pack / entry["expected"]) as stored:
        inputs = {"image": stored["image"][None], "trimap": stored["trimap"][None, ..., None]}
    timed = cuda.LOAD["tensorrt"](engine, inputs, False)
    times = [timed.run() for _ in range(30)][10:]
    columns = {f"{phase}_ms": round(float(np.median([each[phase] for each in times])), 3) for phase in cuda.PHASES}
    return columns | {"device_memory_mb": round(timed.device_memory() / 1e6)}
