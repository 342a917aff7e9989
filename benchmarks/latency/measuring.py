"""Measurement of the rows of one size in turns: each runs a little in every round, so noise affects all alike."""

import contextlib
import itertools
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hop_tf.benchmarks.latency.progress import Progress
from hop_tf.benchmarks.latency.rounds import Columns, Rounds, warning
from hop_tf.benchmarks.latency.rows import RUNTIMES, Row, Settings
from hop_tf.benchmarks.latency.worker import networks, profiles, running, scoring, streams
from hop_tf.benchmarks.latency.worker.memory import available
from hop_tf.benchmarks.latency.worker.process import Worker
from hop_tf.errors import UserError
from hop_tf.inference.runtimes.devices import missing_gpu

ROUNDS = 10  # at least
PAUSE = 0.05  # seconds between two processes: threads of ONNX Runtime keep spinning for 0.03 s after a run
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
        settings: what to measure and for how long.
        progress: advances by `ROUNDS` for each row.
        matmul: "numpy" or "tensorflow": the library whose matrix product runs once in each round, for scale.

    Returns:
        The columns of each row. A row that could not be measured has the column "error".
    """
    finished = progress.n + ROUNDS * len(rows)
    measurement = _Measurement(rows, saved, settings, progress)
    measurement.prepare()
    waiting = list(measurement.sources)
    for turn in itertools.count(1):
        if not waiting:
            break
        with contextlib.ExitStack() as stack:
            multiplying = stack.enter_context(Worker())
            with contextlib.suppress(UserError):
                multiplying.ask(running.start_matmul, matmul)
            workers = measurement.start(waiting, turn, stack)
            measurement.run_rounds(workers, multiplying)
            for row, worker in workers.items():
                measurement.finish(row, worker)
    for row in measurement.sources:
        if row.timed:
            measurement.run_extras(row)
    progress.update(finished - progress.n)
    return measurement.columns


class _Measurement:
    """The steps of `measure`, which fill `columns`; `sources` has the file or network of each row that has one."""

    def __init__(self, rows, saved, settings, progress):
        self.columns: dict[Row, Columns] = {row: row.columns() for row in rows}
        self.sources: dict[Row, Path | networks.SavedNetwork] = {}
        self._saved, self._settings, self._progress = saved, settings, progress
        self._largest = 0.0  # bytes of a photo

    def prepare(self) -> None:
        """Write the pictures and the exported files, and find the source of each row that has one."""
        no_gpu, settings = missing_gpu(), self._settings
        with contextlib.ExitStack() as stack:
            worker = stack.enter_context(Worker())
            worker.ask(networks.write_pictures, settings.pictures, next(iter(self.columns)).size, settings.accuracy)
            for row in self.columns:
                runtime, path, network = RUNTIMES[row.format], row.path, self._saved[row.network]
                if row.format == "keras":
                    self.sources[row] = network
                    continue
                with self._errors_of(row):
                    if runtime.cuda and no_gpu:
                        raise UserError(no_gpu)
                    if not worker.is_alive():
                        worker = stack.enter_context(Worker())
                    self._progress.say(f"{row}: {'reading' if path else 'exporting'}")
                    if not path:
                        size = None if row.dynamic else row.size
                        what = runtime.format.name, runtime.precisions[row.precision], size, row.batch
                        path = settings.files / network.file_name(*what)
                        worker.ask(networks.export_file, network, *what, path)
                    self.columns[row] |= worker.ask(networks.identity, path)
                    self.sources[row] = path

    def start(self, waiting: list[Row], turn: int, stack: contextlib.ExitStack) -> dict[Row, Worker]:
        """Start as many rows as fit into memory, and finish references that are not timed."""
        workers: dict[Row, Worker] = {}
        while waiting and (not workers or available() > HEADROOM * self._largest * waiting[0].batch):
            row, columns = waiting.pop(0), {}
            self._progress.say(f"{row}: starting")
            worker = stack.enter_context(Worker())
            with self._errors_of(row):
                columns = worker.ask(running.start, row, self.sources[row], self._settings)
                self.columns[row] |= columns | {"turn": turn}
                self._largest = max(self._largest, 1e6 * columns["memory_mb"] / row.batch)
            if columns and row.timed:
                workers[row] = worker
            else:
                self.finish(row, worker)
        return workers

    def run_rounds(self, workers: dict[Row, Worker], multiplying: Worker) -> None:
        """Run every row in every round, in alternating order, until its median is precise or its time is over."""
        settings, rounds, unfinished = self._settings, {row: Rounds() for row in workers}, list(workers)
        for i in itertools.count():
            if not unfinished:
                break
            product = None
            with contextlib.suppress(UserError):  # without it, rows only lack a limit
                product = multiplying.ask(running.run, 0, 1)[0]["total"][0]
            for row in unfinished[:: -1 if i % 2 else 1]:
                self._progress.say(f"{row}: round {i + 1}", line=not i)
                time.sleep(PAUSE)
                with self._errors_of(row):
                    share = settings.seconds / ROUNDS, math.ceil(settings.runs / ROUNDS)
                    rounds[row].add(*workers[row].ask(running.run, *share), product)
                self._progress.update(i < ROUNDS)
            unfinished = [
                row
                for row in self._sound(unfinished)
                if i + 1 < ROUNDS or not rounds[row].is_finished(settings.max_seconds)
            ]
        for row in self._sound(workers):
            with self._errors_of(row):
                columns, counts = self.columns[row], self._saved[row.network].multiply_adds
                memory = workers[row].ask(running.memory)
                memory.pop("device_memory_mb", None)  # other rows have taken GPU memory since this one was loaded
                count = sum(counts.get(f"{row.size[0]}x{row.size[1]}", {}).values())
                columns |= memory | rounds[row].columns(row.batch, row.batch * count or None)
                columns["warning"] = warning(columns)

    def finish(self, row: Row, worker: Worker) -> None:
        """Compare a row with Keras, last because it takes memory, and end its process."""
        for sound in self._sound([row]):
            self._progress.say(f"{row}: comparing with Keras", line=False)
            with self._errors_of(sound):
                self.columns[sound] |= worker.ask(scoring.score, sound, self._settings)
        worker.close()

    def run_extras(self, row: Row) -> None:
        """Measure the throughput of several streams and profile a row, each in a fresh process."""
        asked = [(f"{count} streams", "streams", streams.streams, count) for count in self._settings.streams]
        if self._settings.profile and row.format in profiles.PROFILES:
            asked.append(("profile", "profile", profiles.profile))
        for name, column, function, *count in asked if self._sound([row]) else ():
            self._progress.say(f"{row}: {name}")
            with self._errors_of(row, "warning"), Worker() as worker:
                found = worker.ask(function, row, self.sources[row], self._settings, *count)
                self.columns[row].setdefault(column, []).extend(found)

    def _sound(self, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if "error" not in self.columns[row]]

    @contextlib.contextmanager
    def _errors_of(self, row: Row, column: str = "error") -> Iterator[None]:
        """Keep a `UserError` of a block as the column "error", or add it to another column."""
        try:
            yield
        except UserError as error:
            self.columns[row][column] = "; ".join(filter(None, (self.columns[row].get(column), str(error))))
