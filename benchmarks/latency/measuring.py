"""Measures the rows of one size, in turns: every row runs a little in every round, so noise strikes all alike."""

import contextlib
import dataclasses
import math
import time
from pathlib import Path

import numpy as np

from hop_tf.benchmarks.latency.process import Child
from hop_tf.benchmarks.latency.report.statistics import summary
from hop_tf.benchmarks.latency.rows import is_reference
from hop_tf.benchmarks.latency.runtimes import RUNTIMES
from hop_tf.benchmarks.latency.worker.loading import MATMUL
from hop_tf.benchmarks.latency.worker.memory import available
from hop_tf.benchmarks.latency.worker.preparing import file_name
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu

ROUNDS = 10
STEPS = ROUNDS + 2  # of the progress bar, for a row: its file, its start, its rounds
PAUSE = 0.05  # seconds between two processes: threads of ONNX Runtime go on spinning for 0.03 after a run
HEADROOM = 1.25  # a row is started beside others if this many times the memory expected of it is free


@dataclasses.dataclass(frozen=True)
class Settings:
    """How long is measured, and where files go.

    Attributes:
        work: `Path` of a folder for what is not kept.
        files: `Path` of the folder of exported files.
        networks: dict from name to an entry of `preparing.networks`.
        warm_up: seconds at least, and 3 runs, before times are taken.
        seconds: at least, for each row.
        runs: at least, for each row.
        cuda_graph: bool, for runtimes of the GPU alone.
        dtypes: dict from the path of a file that was there already to the dtype of its inputs.
    """

    work: Path
    files: Path
    networks: dict
    warm_up: float = 0.2
    seconds: float = 3.0
    runs: int = 10
    cuda_graph: bool = False
    dtypes: dict = dataclasses.field(default_factory=dict)


def measure(rows, settings, progress, start=Child, matmul="numpy"):
    """Measures rows of one size.

    Args:
        rows: list of `Row`, the references among them first.
        settings: `Settings`.
        matmul: "numpy" or "tensorflow", whose matrix product runs once in each round, for scale.
        progress: object with `doing(text)` and `done(steps)`.
        start: function without arguments that returns a `Child`.

    Returns:
        dict from `Row` to dict of columns. A row that could not be measured has the column "error".
    """
    columns = {row: row.columns() for row in rows}
    sources = {}
    for row, source in prepare(rows, settings, progress, start).items():
        if isinstance(source, ExportError):
            columns[row]["error"] = str(source)
            progress.done(ROUNDS + 1)
        else:
            sources[row] = source
            columns[row] |= _of_file(source)
    waiting, turn, largest = list(sources), 0, 0
    while waiting:
        turn += 1
        with contextlib.ExitStack() as stack:
            alive, multiplying = {}, stack.enter_context(start())
            with contextlib.suppress(ExportError):
                multiplying.ask("matmul", library=matmul)
            while waiting and (not alive or available() > HEADROOM * largest * waiting[0].batch):
                row = waiting.pop(0)
                progress.doing(f"{row}: starting")
                child = stack.enter_context(start())
                try:
                    columns[row] |= _started(child, row, sources[row], settings) | {"turn": turn}
                    columns[row] |= child.ask("memory")
                    largest = max(largest, 1e6 * columns[row]["memory_mb"] / row.batch)
                except ExportError as error:
                    columns[row]["error"] = str(error)
                if row.timed and "error" not in columns[row]:
                    alive[row] = child
                    progress.done(1)
                else:
                    child.close()
                    progress.done(ROUNDS + 1)
            _rounds(alive, columns, settings, progress, multiplying)
    return columns


def prepare(rows, settings, progress, start=Child):
    """Writes the pictures and what files rows of one size need.

    Returns:
        dict from `Row` to the path of its file, an entry of `preparing.networks` for Keras, or an `ExportError`.
    """
    sources, no_gpu = {}, missing_gpu()
    child = start()
    try:
        child.ask("pictures", folder=str(settings.work), size=rows[0].size)
        for row in rows:
            progress.doing(f"{row}: exporting")
            try:
                if RUNTIMES[row.format].gpu and no_gpu:
                    raise ExportError(no_gpu)
                sources[row] = row.path or _source(child, row, settings)
            except ExportError as error:
                sources[row] = error
                if not child.is_alive():
                    child.close()
                    child = start()
            progress.done(1)
    finally:
        child.close()
    return sources


def _source(child, row, settings):
    runtime, network = RUNTIMES[row.format], settings.networks[row.network]
    if not runtime.format:
        return network
    size, precision = None if row.dynamic else row.size, runtime.precisions[row.precision]
    path = settings.files / file_name(network, runtime.format, precision, size, row.batch)
    child.ask(
        "export",
        network=network,
        format=runtime.format,
        precision=precision,
        size=size,
        batch=row.batch,
        path=str(path),
    )
    return path


def _of_file(source):
    if isinstance(source, dict):  # Keras
        return {}
    size = sum(file.stat().st_size for file in [source, *source.rglob("*")] if file.is_file())
    return {"file": source.name, "file_mb": round(size / 1e6, 2)}


def _started(child, row, source, settings):
    """Loads a row in its process, runs it once, compares its alpha and warms it up: dict of columns."""
    columns = child.ask(
        "load",
        format=row.format,
        precision=row.precision,
        source=source if isinstance(source, dict) else str(source),
        pictures=str(settings.work),
        shape=[row.batch, *((None, None) if row.dynamic else row.size)],
        dtype=settings.dtypes.get(row.path, "float32"),
        cuda_graph=settings.cuda_graph,
    )
    reference = settings.work / f"{row.network}_{'x'.join(map(str, row.size))}_{row.batch}.npy"
    alpha = reference if is_reference(row) else settings.work / "alpha.npy"
    columns |= child.ask("first_run", alpha=str(alpha))
    if alpha != reference and reference.exists():
        found, expected = np.load(alpha), np.load(reference)
        if found.shape != expected.shape:
            raise ExportError(f"its alpha has the shape {found.shape}, that of Keras {expected.shape}")
        if not np.isfinite(found).all():
            raise ExportError("its alpha is not finite")
        difference = np.abs(found - expected)
        columns["difference_max"] = float(f"{difference.max():.3g}")
        columns["difference_mean"] = float(f"{difference.mean():.3g}")
    if row.timed:
        child.ask("run", seconds=settings.warm_up, runs=3)
    return columns


def _rounds(alive, columns, settings, progress, multiplying):
    times, products = {row: {} for row in alive}, []
    for i in range(ROUNDS):
        with contextlib.suppress(ExportError):  # then there are rows without a limit
            products += multiplying.ask("run", seconds=0, runs=1)["total"]
        for row in list(alive) if i % 2 == 0 else list(alive)[::-1]:
            progress.doing(f"{row}: round {i + 1} of {ROUNDS}")
            time.sleep(PAUSE)
            try:
                measured = alive[row].ask(
                    "run", seconds=settings.seconds / ROUNDS, runs=math.ceil(settings.runs / ROUNDS)
                )
                for phase, values in measured.items():
                    times[row].setdefault(phase, []).extend(values)
                if i == ROUNDS - 1:
                    peak = alive[row].ask("memory")
                    peak.pop("device_memory_mb", None)  # other rows have taken of that memory since this one was loaded
                    columns[row] |= summary(times[row], row.batch) | peak
                progress.done(1)
            except ExportError as error:
                columns[row]["error"] = str(error)
                del alive[row]
                progress.done(ROUNDS - i)
    for row in alive if products else ():
        columns[row]["matmul_gflops"] = round(2e-6 * MATMUL**3 / float(np.median(products)), 1)
