"""Measurement of the rows of one size in turns: each runs a little in every round, so noise affects all alike."""

import contextlib
import itertools
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.benchmarks.latency.progress import Progress
from hop_tf.benchmarks.latency.report.statistics import is_precise, median_interval, summary
from hop_tf.benchmarks.latency.rows import RUNTIMES, Row, Settings
from hop_tf.benchmarks.latency.worker import networks, profiles, running, scoring, streams
from hop_tf.benchmarks.latency.worker.memory import available
from hop_tf.benchmarks.latency.worker.process import Worker
from hop_tf.errors import UserError
from hop_tf.inference.runtimes.devices import missing_gpu

ROUNDS = 10  # at least
PAUSE = 0.05  # seconds between two processes: threads of ONNX Runtime keep spinning for 0.03 s after a run
HEADROOM = 1.25  # a row starts beside others if this many times its expected memory is free
VARIES = 0.15  # coefficient of variation
CPU_LIMITS = 0.8  # share of the time on a GPU that the CPU needs to launch it: trtexec's bound
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
                times[library] += worker.ask(running.run, settings.seconds / ROUNDS, 1)[0]["total"]
    return {library: running.MATMUL**3 / (1e-3 * min(values)) for library, values in times.items()}


def measure(
    rows: list[Row], saved: Mapping[str, networks.SavedNetwork], settings: Settings, progress: Progress, matmul: str
) -> dict[Row, Columns]:
    """Measure rows of one size.

    Args:
        rows: the rows, references first.
        saved: the networks by name.
        settings: how long to measure.
        progress: advances by `ROUNDS` for each row.
        matmul: "numpy" or "tensorflow": the library whose matrix product runs once in each round, for scale.

    Returns:
        The columns of each row. A row that could not be measured has the column "error".
    """
    columns, finished = {row: row.columns() for row in rows}, progress.n + ROUNDS * len(rows)
    sources = _prepare(rows, saved, settings, columns, progress)
    waiting, largest, turn = list(sources), 0.0, 0
    while waiting:
        turn += 1
        with contextlib.ExitStack() as stack:
            workers, multiplying = {}, stack.enter_context(Worker())
            with contextlib.suppress(UserError):
                multiplying.ask(running.start_matmul, matmul)
            while waiting and (not workers or available() > HEADROOM * largest * waiting[0].batch):
                row = waiting.pop(0)
                progress.say(f"{row}: starting")
                workers[row] = stack.enter_context(Worker())
                with _errors_in(columns[row]):
                    columns[row] |= workers[row].ask(running.start, row, sources[row], settings) | {"turn": turn}
                    largest = max(largest, 1e6 * columns[row]["memory_mb"] / row.batch)
                if not row.timed or "error" in columns[row]:
                    _finish(row, workers.pop(row), columns, settings, progress)
            _run_rounds(workers, columns, saved, settings, progress, multiplying)
            for row, worker in workers.items():
                _finish(row, worker, columns, settings, progress)
    _run_extras([row for row in sources if row.timed], sources, columns, settings, progress)
    progress.update(finished - progress.n)
    return columns


def _prepare(rows, saved, settings, columns, progress) -> dict[Row, Path | networks.SavedNetwork]:
    """Write the pictures and the exported files; return the source of each row that has one."""
    sources, no_gpu = {}, missing_gpu()
    with contextlib.ExitStack() as stack:
        worker = stack.enter_context(Worker())
        worker.ask(networks.write_pictures, settings.pictures, rows[0].size, settings.accuracy)
        for row in rows:
            if row.format == "keras":
                sources[row] = saved[row.network]
                continue
            runtime, path = RUNTIMES[row.format], row.path
            with _errors_in(columns[row]):
                if runtime.cuda and no_gpu:
                    raise UserError(no_gpu)
                if not worker.is_alive():
                    worker = stack.enter_context(Worker())
                progress.say(f"{row}: {'reading' if path else 'exporting'}")
                if not path:
                    size = None if row.dynamic else row.size
                    what = runtime.format.name, runtime.precisions[row.precision], size, row.batch
                    path = settings.files / saved[row.network].file_name(*what)
                    worker.ask(networks.export_file, saved[row.network], *what, path)
                columns[row] |= worker.ask(networks.identity, path)
                sources[row] = path
    return sources


def _finish(row, worker, columns, settings, progress) -> None:
    """Compare a row with Keras, last because it takes memory, and end its process."""
    if "error" not in columns[row]:
        progress.say(f"{row}: comparing with Keras", line=False)
        with _errors_in(columns[row]):
            columns[row] |= worker.ask(scoring.score, row, settings)
    worker.close()


def _run_rounds(workers, columns, saved, settings, progress, multiplying) -> None:
    """Run every row in every round, in alternating order, until its median is precise or its time is over."""
    rounds: dict[Row, list] = {row: [] for row in workers}  # of each: (milliseconds by phase, seconds, product's ms)
    unfinished, share = list(workers), (settings.seconds / ROUNDS, math.ceil(settings.runs / ROUNDS))
    for i in itertools.count():
        if not unfinished:
            break
        product = None
        with contextlib.suppress(UserError):  # without it, rows only lack a limit
            product = multiplying.ask(running.run, 0, 1)[0]["total"][0]
        for row in unfinished[:: -1 if i % 2 else 1]:
            progress.say(f"{row}: round {i + 1}", line=not i)
            time.sleep(PAUSE)
            with _errors_in(columns[row]):
                rounds[row].append((*workers[row].ask(running.run, *share), product))
            progress.update(i < ROUNDS)
        unfinished = [row for row in unfinished if "error" not in columns[row]]
        if i + 1 >= ROUNDS:
            unfinished = [row for row in unfinished if not _is_finished(rounds[row], settings)]
    for row, worker in workers.items():
        if "error" not in columns[row]:
            with _errors_in(columns[row]):
                memory = worker.ask(running.memory)
                memory.pop("device_memory_mb", None)  # other rows have taken GPU memory since this one was loaded
                columns[row] |= memory | _statistics(rounds[row], row)
                columns[row] |= _limit(rounds[row], row, saved[row.network])
                columns[row]["warning"] = _warning(columns[row])


def _is_finished(rounds: list, settings: Settings) -> bool:
    times = [ms for phases, _, _ in rounds for ms in phases["total"]]
    return is_precise(times) or sum(seconds for _, seconds, _ in rounds) >= settings.max_seconds


def _statistics(rounds: list, row: Row) -> Columns:
    """Return the statistics of all rounds together."""
    phases = {name: [ms for times, _, _ in rounds for ms in times[name]] for name in rounds[0][0]}
    total = phases.pop("total")
    columns = summary(total) | {
        "runs": len(total),
        "phases": {name: summary(ms) for name, ms in phases.items()} or None,
    }
    clock = sum(seconds for _, seconds, _ in rounds)
    columns["photos_per_s"] = round(row.batch * len(total) / clock, 4)
    columns["photos_per_latency"] = round(1e3 * row.batch / columns["median_ms"], 4)
    return columns


def _limit(rounds: list, row: Row, network: networks.SavedNetwork | None) -> Columns:
    """Return the time that the multiply-adds take at the rate of the products of the same rounds, and the row's ratio.

    The ratio is the median of the ratios of single rounds, so other load on the machine affects it little.
    """
    counts = network and network.multiply_adds.get(f"{row.size[0]}x{row.size[1]}")
    if not counts:
        return {}
    count = row.batch * sum(counts.values())
    products = [(np.median(times["total"]), product) for times, _, product in rounds if product]
    if not products:
        return {"multiply_adds": count}
    work = count / running.MATMUL**3  # in products
    product = float(np.median([ms for _, ms in products]))
    ratios = [ms / (product * work) for ms, product in products]
    low, high = median_interval(ratios) or (None, None)
    found = {"times_limit": np.median(ratios), "times_limit_low": low, "times_limit_high": high}
    return {
        "multiply_adds": count,
        "matmul_gflops": round(2e-6 * running.MATMUL**3 / product, 1),
        "limit_ms": round(product * work, 3),
        **{name: None if x is None else round(float(x), 4) for name, x in found.items()},
    }


def _warning(columns: Columns) -> str | None:
    """Return why a row is doubtful, in words."""
    found = [] if columns.get("settled") else ["did not settle before measuring"]
    if columns["variation"] > VARIES:
        found.append(f"its latency varies by {columns['variation']:.0%}: measure on a quieter machine")
    if columns["phases"] and columns["phases"]["enqueue"]["median_ms"] > CPU_LIMITS * columns["median_ms"]:
        found.append("the CPU limits it: launching takes as long as computing")
    return "; ".join(found) or None


def _run_extras(rows, sources, columns, settings, progress) -> None:
    """Measure the throughput of several streams and profile the rows, each in a fresh process."""
    for row in rows:
        for count in settings.streams:
            if "error" not in columns[row]:
                progress.say(f"{row}: {count} streams")
                with _errors_in(columns[row], "warning"), Worker() as worker:
                    found = worker.ask(streams.streams, row, sources[row], settings, count)
                    columns[row].setdefault("streams", []).append(found)
        if settings.profile and row.format in profiles.PROFILES and "error" not in columns[row]:
            progress.say(f"{row}: profile")
            with _errors_in(columns[row], "warning"), Worker() as worker:
                columns[row]["profile"] = worker.ask(profiles.profile, row, sources[row], settings)


@contextlib.contextmanager
def _errors_in(columns: Columns, column: str = "error") -> Iterator[None]:
    """Keep the first `UserError` of a block as the column "error", or add it to another column."""
    try:
        yield
    except UserError as error:
        columns[column] = "; ".join(filter(None, (columns.get(column), str(error))))
