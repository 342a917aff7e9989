"""Measurement of the rows of one size in turns: each runs a little in every round, so noise affects all alike."""

import contextlib
import itertools
import time
from collections.abc import Mapping

import numpy as np

from hop_tf.benchmarks.latency.entry import Columns, Entry, Known
from hop_tf.benchmarks.latency.progress import Progress
from hop_tf.benchmarks.latency.rounds import ROUNDS, warning
from hop_tf.benchmarks.latency.rows import RUNTIMES, Row, Settings
from hop_tf.benchmarks.latency.worker import networks, profiles, running, scoring, streams
from hop_tf.benchmarks.latency.worker.memory import available
from hop_tf.benchmarks.latency.worker.process import Worker
from hop_tf.errors import UserError
from hop_tf.inference.runtimes.devices import missing_gpu

PAUSE = 0.05  # seconds between two processes: threads of ONNX Runtime keep spinning for 0.03 s after a run
SLOW_START = 3  # the first run may take this many times the limit of a run
HEADROOM = 1.25  # a row starts beside others if this many times its expected memory is free


def matmul_rates(settings: Settings) -> dict[str, float]:
    """Return how fast "numpy" and "tensorflow" multiply two float32 matrices, in multiply-adds per second.

    The fastest run counts: it is a limit.
    """
    times = {"numpy": [], "tensorflow": []}
    with contextlib.ExitStack() as stack:
        workers = {library: stack.enter_context(Worker()) for library in times}
        for library, worker in workers.items():
            worker.ask(running.start_matmul, library)
            worker.ask(running.run)
        for _ in range(ROUNDS // 2):
            for library, worker in workers.items():
                time.sleep(PAUSE)
                times[library] += worker.ask(running.run, settings.seconds / ROUNDS)[0]["total"]
    return {library: running.MATMUL**3 / (1e-3 * min(values)) for library, values in times.items()}


def measure(
    rows: list[Row],
    saved: Mapping[str, networks.SavedNetwork],
    settings: Settings,
    progress: Progress,
    matmul: str,
    known: Known,
) -> dict[Row, Columns]:
    """Measure rows of one size.

    Args:
        rows: the rows, references first.
        saved: the networks by name.
        settings: what to measure and for how long.
        progress: advances by `ROUNDS` for each row.
        matmul: "numpy" or "tensorflow": the library whose matrix product runs once in each round, for scale.
        known: columns of rows of smaller sizes, from which memory and time are predicted. These rows are added.

    Returns:
        The columns of each row. A row that could not be measured has the column "error".
    """
    finished, entries = progress.n + ROUNDS * len(rows), [Entry(row, saved[row.network]) for row in rows]
    _prepare(entries, settings, progress, known)
    waiting, largest = [entry for entry in entries if entry.is_sound()], 0.0
    for turn in itertools.count(1):
        if not waiting:
            break
        with contextlib.ExitStack() as stack:
            multiplying, running_now = stack.enter_context(Worker()), []
            with contextlib.suppress(UserError):
                multiplying.ask(running.start_matmul, matmul)
            while waiting and (not running_now or available() > HEADROOM * waiting[0].expected_memory(known, largest)):
                entry = waiting.pop(0)
                progress.say(f"{entry.row}: starting")
                entry.worker = stack.enter_context(Worker())
                if entry.keep(entry.worker, running.start, entry.row, entry.source, settings):
                    entry.columns["turn"] = turn
                    largest = max(largest, 1e6 * entry.columns["memory_mb"] / entry.row.batch)
                    known.setdefault(entry.row.kind, {})[entry.pixels] = entry.columns
                    entry.keep_time(entry.columns["first_run_s"] / SLOW_START, settings)
                if entry.row.timed and entry.is_sound():
                    running_now.append(entry)
                else:
                    _finish(entry, settings, progress)
            _run_rounds(running_now, settings, progress, multiplying)
            for entry in running_now:
                _finish(entry, settings, progress)
    for entry in entries:
        _run_extras(entry, settings, progress)
    progress.update(finished - progress.n)
    return {entry.row: entry.columns for entry in entries}


def _prepare(entries: list[Entry], settings: Settings, progress: Progress, known: Known) -> None:
    """Write the pictures and the exported files."""
    no_gpu = missing_gpu()
    with contextlib.ExitStack() as stack:
        worker = stack.enter_context(Worker())
        count = worker.ask(networks.write_pictures, settings.pictures, entries[0].row.size, settings.accuracy)
        for entry in entries:
            row, runtime = entry.row, RUNTIMES[entry.row.format]
            entry.columns["pictures"] = count
            entry.give_up_if_expected_slow(known, settings)
            if row.format == "keras" or not entry.is_sound():
                continue
            if runtime.cuda and no_gpu:
                entry.columns["error"] = no_gpu
                continue
            if not worker.is_alive():
                worker = stack.enter_context(Worker())
            progress.say(f"{row}: {'reading' if row.path else 'exporting'}")
            what = runtime.format.name, runtime.precisions.get(row.precision), None if row.dynamic else row.size
            entry.source = row.path or settings.files / entry.network.file_name(*what, row.batch)
            if not row.path:
                entry.ask(worker, networks.export_file, entry.network, *what, row.batch, entry.source)
            if entry.is_sound():
                entry.keep(worker, networks.identity, entry.source)


def _run_rounds(entries: list[Entry], settings: Settings, progress: Progress, multiplying: Worker) -> None:
    """Run every row in every round, in alternating order, until its median is precise or its time is over."""
    unfinished = entries
    for i in itertools.count():
        if not unfinished:
            break
        product = None
        with contextlib.suppress(UserError):  # without it, rows only lack a limit
            product = multiplying.ask(running.run)[0]["total"][0]
        for entry in unfinished[:: -1 if i % 2 else 1]:
            progress.say(f"{entry.row}: round {i + 1}", line=not i)
            time.sleep(PAUSE)
            if found := entry.ask(entry.worker, running.run, settings.seconds / ROUNDS):
                entry.rounds.add(*found, product)
                entry.keep_time(1e-3 * float(np.median(found[0]["total"])), settings)
            progress.update(i < ROUNDS)
        unfinished = [x for x in unfinished if x.is_sound() and not x.rounds.is_finished(settings.max_seconds)]
    for entry in entries:
        device_memory = entry.columns.get("device_memory_mb")
        if entry.is_sound() and entry.keep(entry.worker, running.memory):
            row, counts = entry.row, entry.network.multiply_adds
            count = row.batch * sum(counts.get(f"{row.size[0]}x{row.size[1]}", {}).values())
            entry.columns |= entry.rounds.columns(row.batch, count or None)
            # as it was before other rows took GPU memory too
            entry.columns |= {"device_memory_mb": device_memory, "warning": warning(entry.columns)}


def _finish(entry: Entry, settings: Settings, progress: Progress) -> None:
    """Compare a row with Keras, last because it takes memory, and end its process."""
    if entry.is_sound():
        progress.say(f"{entry.row}: comparing with Keras", line=False)
        entry.keep(entry.worker, scoring.score, entry.row, settings)
    entry.worker.close()


def _run_extras(entry: Entry, settings: Settings, progress: Progress) -> None:
    """Measure the throughput of several streams and profile a row, each in a fresh process."""
    if not (entry.row.timed and entry.is_sound()):
        return
    asked = [(f"{count} streams", "streams", streams.streams, count) for count in settings.streams]
    if settings.profile and entry.row.format in profiles.PROFILES:
        asked.append(("profile", "profile", profiles.profile))
    for name, column, function, *count in asked:
        progress.say(f"{entry.row}: {name}")
        with Worker() as worker:
            found = entry.ask(worker, function, entry.row, entry.source, settings, *count, errors="warning")
            entry.columns[column] = [*entry.columns.get(column, ()), *(found or ())] or None
