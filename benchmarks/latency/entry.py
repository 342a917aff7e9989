"""The state of a row during the measurement."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.benchmarks.latency.rounds import Columns, Rounds
from hop_tf.benchmarks.latency.rows import Kind, Row, Settings
from hop_tf.benchmarks.latency.worker.networks import SavedNetwork
from hop_tf.benchmarks.latency.worker.process import Worker
from hop_tf.errors import UserError

Known = dict[Kind, dict[int, Columns]]  # of each kind of row: pixels of a run to columns


class Entry:
    """A row with its columns so far, its source (the network or a file), its process and its rounds."""

    def __init__(self, row: Row, network: SavedNetwork) -> None:
        self.row, self.network, self.columns, self.rounds = row, network, row.columns(), Rounds()
        self.source: Path | SavedNetwork = network
        self.worker: Worker
        self.pixels = row.batch * row.size[0] * row.size[1]

    def expected_memory(self, known: Known, largest: float) -> float:
        """Return the expected bytes: by a line through two or more known sizes, otherwise `largest` per photo.

        It is at least the smallest known memory: at small sizes the line may fall below zero.
        """
        taken = {pixels: 1e6 * columns["memory_mb"] for pixels, columns in known.get(self.row.kind, {}).items()}
        if len(taken) < 2:
            return largest * self.row.batch
        line = np.polynomial.Polynomial.fit(list(taken), list(taken.values()), 1)
        return max(float(line(self.pixels)), min(taken.values()))

    def expected_seconds(self, known: Known) -> float:
        """Return the expected time of a run, proportional to that of the largest known size; 0 if none is known."""
        times = {pixels: columns["run_s"] for pixels, columns in known.get(self.row.kind, {}).items()}
        largest = max(times, default=0)
        return times[largest] * self.pixels / largest if largest else 0.0

    def give_up_if_expected_slow(self, known: Known, settings: Settings) -> None:
        """Mark a row as failed if a run is expected to take too long."""
        if self._is_slow(self.expected_seconds(known), settings):
            limit = f"--max-run-seconds {settings.max_run_seconds:g}"
            self.columns["error"] = f"a run is expected to take longer than {limit}, judging by a smaller size"

    def keep_time(self, seconds: float, settings: Settings) -> None:
        """Keep the time of a run for predictions, and mark the row as failed if it is too long."""
        self.columns["run_s"] = seconds
        if self._is_slow(seconds, settings):
            self.columns["error"] = f"one run takes longer than --max-run-seconds {settings.max_run_seconds:g}"

    def _is_slow(self, seconds: float, settings: Settings) -> bool:
        """Return whether a run takes too long. References run anyway."""
        return seconds > settings.max_run_seconds and not self.row.is_reference

    def is_sound(self) -> bool:
        """Return whether nothing has failed so far."""
        return "error" not in self.columns

    def ask(self, worker: Worker, function: Callable, *args: Any, errors: str = "error") -> Any:
        """Return what a worker answers; keep a `UserError` in the column `errors` and return `None`."""
        try:
            return worker.ask(function, *args)
        except UserError as error:
            self.columns[errors] = "; ".join(filter(None, (self.columns.get(errors), str(error))))

    def keep(self, worker: Worker, function: Callable, *args: Any) -> bool:
        """Keep the columns that a worker answers and return whether it did."""
        found = self.ask(worker, function, *args)
        self.columns |= found or {}
        return found is not None
