"""Measurement of the rows of one size in turns: each runs a little in every round, so noise affects all alike."""

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hop_tf.benchmarks.latency.report.statistics import summary
from hop_tf.benchmarks.latency.rows import RUNTIMES, Row, Settings
from hop_tf.benchmarks.latency.worker import networks, running
from hop_tf.benchmarks.latency.worker.memory import available
from hop_tf.benchmarks.latency.worker.process import Worker
from hop_tf.errors import UserError
from hop_tf.inference.runtimes.devices import missing_gpu

ROUNDS = 10
PAUSE = 0.05  # seconds between two processes: threads of ONNX Runtime keep spinning for 0.03 s after a run
HEADROOM = 1.25  # a row starts beside others if this many times its expected memory is free
Columns = dict[str, Any]


def matmul_rates(settings: Settings) -> dict[str, float]:
    """Return how fast "numpy" and "tensorflow" multiply two float32 matrices, in multiply-adds per second.

    The fastest run counts: it is a limit.
    """
    times = {"numpy": [], "tensorflow": []}
    with contextlib.ExitStack() as stack:
        workers = {library: stack.enter_context(Worker()) for library in times}
        for library, worker in workers.items():
            worker.ask(running.start_matmul, library)
            worker.ask(running.run, settings.warm_up, 1)
        for _ in range(ROUNDS // 2):
            for library, worker in workers.items():
                time.sleep(PAUSE)
                times[library] += worker.ask(running.run, settings.seconds / ROUNDS, 1)["total"]
    return {library: running.MATMUL**3 / (1e-3 * min(values)) for library, values in times.items()}


def measure(
    rows: list[Row], saved: Mapping[str, networks.SavedNetwork], settings: Settings, progress: tqdm, matmul: str
) -> dict[Row, Columns]:
    """Measure rows of one size.

    Args:
        rows: the rows, references first.
        saved: the networks by name.
        settings: how long to measure.
        progress: a progress bar, which advances by `ROUNDS` for each row.
        matmul: "numpy" or "tensorflow": the library whose matrix product runs once in each round, for scale.

    Returns:
        The columns of each row. A row that could not be measured has the column "error".
    """
    columns = {row: row.columns() for row in rows}
    sources = _prepare(rows, saved, settings, columns, progress)
    waiting, alphas, largest, finished = list(sources), {}, 0.0, progress.n + ROUNDS * len(rows)
    turn = 0
    while waiting:
        turn += 1
        with contextlib.ExitStack() as stack:
            workers, multiplying = {}, stack.enter_context(Worker())
            with contextlib.suppress(UserError):
                multiplying.ask(running.start_matmul, matmul)
            while waiting and (not workers or available() > HEADROOM * largest * waiting[0].batch):
                row = waiting.pop(0)
                progress.set_description_str(f"{row}: starting")
                worker = stack.enter_context(Worker())
                with _errors_in(columns[row]):
                    found, alpha = worker.ask(running.start, row, sources[row], settings)
                    columns[row] |= found | {"turn": turn}
                    largest = max(largest, 1e6 * found["memory_mb"] / row.batch)
                    if row.is_reference:
                        alphas[row.network, row.batch] = alpha
                    elif (row.network, row.batch) in alphas:
                        columns[row] |= difference(alpha, alphas[row.network, row.batch])
                if row.timed and "error" not in columns[row]:
                    workers[row] = worker
                else:
                    worker.close()
            _run_rounds(workers, columns, settings, progress, multiplying)
    progress.update(finished - progress.n)
    return columns


def difference(alpha: np.ndarray, reference: np.ndarray) -> Columns:
    """Return the columns that compare a row's alpha with that of Keras.

    Raises:
        UserError: if the shapes differ or the alpha is not finite.
    """
    if alpha.shape != reference.shape:
        raise UserError(f"its alpha has the shape {alpha.shape}, that of Keras {reference.shape}")
    if not np.isfinite(alpha).all():
        raise UserError("its alpha is not finite")
    error = np.abs(alpha - reference)
    return {"difference_max": float(f"{error.max():.3g}"), "difference_mean": float(f"{error.mean():.3g}")}


def _prepare(rows, saved, settings, columns, progress) -> dict[Row, Path | networks.SavedNetwork]:
    """Write the pictures and the exported files; return the source of each row that has one."""
    sources, no_gpu = {}, missing_gpu()
    with contextlib.ExitStack() as stack:
        worker = stack.enter_context(Worker())
        worker.ask(networks.write_pictures, settings.pictures, rows[0].size)
        for row in rows:
            progress.set_description_str(f"{row}: exporting")
            with _errors_in(columns[row]):
                if RUNTIMES[row.format].cuda and no_gpu:
                    raise UserError(no_gpu)
                if not worker.is_alive():
                    worker = stack.enter_context(Worker())
                sources[row] = row.path or _exported(worker, row, saved[row.network], settings)
                if isinstance(sources[row], Path):
                    files = [file for file in [sources[row], *sources[row].rglob("*")] if file.is_file()]
                    size = sum(file.stat().st_size for file in files)
                    columns[row] |= {"file": sources[row].name, "file_mb": round(size / 1e6, 2)}
    return sources


def _exported(
    worker: Worker, row: Row, network: networks.SavedNetwork, settings: Settings
) -> Path | networks.SavedNetwork:
    """Return the file of a row, exported unless it exists; for Keras, the network."""
    if row.format == "keras":
        return network
    runtime = RUNTIMES[row.format]
    what = runtime.format.name, runtime.precisions[row.precision], None if row.dynamic else row.size, row.batch
    path = settings.files / network.file_name(*what)
    worker.ask(networks.export_file, network, *what, path)
    return path


def _run_rounds(
    workers: dict[Row, Worker], columns: dict[Row, Columns], settings: Settings, progress: tqdm, multiplying: Worker
) -> None:
    """Run every row in every round, in alternating order, and add its statistics and memory to its columns."""
    times, products = {row: {} for row in workers}, []
    for i in range(ROUNDS):
        with contextlib.suppress(UserError):  # without it, rows only lack a limit
            products += multiplying.ask(running.run, 0, 1)["total"]
        for row in list(workers)[:: -1 if i % 2 else 1]:
            if "error" in columns[row]:
                continue
            progress.set_description_str(f"{row}: round {i + 1} of {ROUNDS}")
            time.sleep(PAUSE)
            with _errors_in(columns[row]):
                measured = workers[row].ask(running.run, settings.seconds / ROUNDS, math.ceil(settings.runs / ROUNDS))
                for phase, values in measured.items():
                    times[row].setdefault(phase, []).extend(values)
            progress.update(1)
    for row, worker in workers.items():
        if "error" not in columns[row]:
            with _errors_in(columns[row]):
                memory = worker.ask(running.memory)
                memory.pop("device_memory_mb", None)  # other rows have taken GPU memory since this one was loaded
                columns[row] |= summary(times[row], row.batch) | memory
                if products:
                    columns[row]["matmul_gflops"] = round(2e-6 * running.MATMUL**3 / float(np.median(products)), 1)


@contextlib.contextmanager
def _errors_in(columns: Columns) -> Iterator[None]:
    """Keep the first `UserError` of a block as the column "error"."""
    try:
        yield
    except UserError as error:
        columns.setdefault("error", str(error))
