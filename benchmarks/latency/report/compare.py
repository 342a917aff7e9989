"""Compare two reports row by row, for `--compare OLD NEW`."""

from typing import Any, NamedTuple

from hop_tf.benchmarks.latency.report.document import Document

KEY = ("network", "format", "precision", "height", "width", "batch", "shapes")
SAME_MACHINE = ("cpu", "processors", "gpu", "driver")


class Change(NamedTuple):
    """One row in two reports.

    Attributes:
        label: name of the row.
        old: median in milliseconds in the old report; `None` if there is none.
        new: median in milliseconds in the new report; `None` if there is none.
        error: why there is no new median.
    """

    label: str
    old: float | None
    new: float | None
    error: str

    def is_failure(self, threshold: float) -> bool:
        """Return whether the row takes more than `threshold` times as long as before, or no longer runs."""
        return bool(self.old) and (not self.new or self.new / self.old > threshold)

    def line(self, width: int, threshold: float) -> str:
        """Return the change as a line of text, its label padded to `width`."""
        if not self.old:
            return f"{self.label:{width}} {'new':>13} {self.new:10.2f} ms"
        if not self.new:
            return f"{self.label:{width}} {self.old:10.2f} ms  {self.error}"
        mark = "  too slow" if self.is_failure(threshold) else ""
        return f"{self.label:{width}} {self.old:10.2f} ms {self.new:10.2f} ms  x {self.new / self.old:.2f}{mark}"


def compare(old: Document, new: Document) -> list[Change]:
    """Pair the rows of two reports that measured the same."""
    pairs: dict[tuple, list] = {}
    for side, document in enumerate((old, new)):
        for row in document["rows"]:
            # A file of the user is identified by its name. CUDA graphs are not part of the key: they may be compared.
            key = *(row[column] for column in KEY), None if row["precision"] else row["file"]
            pairs.setdefault(key, [None, None])[side] = row
    changes = []
    for before, after in pairs.values():
        times = [row and row["median_ms"] for row in (before, after)]
        if any(times):
            error = f"no longer runs: {after['error']}" if after else "not in the new report"
            changes.append(Change(_label(after or before), *times, error))
    return changes


def differences_of_machines(old: Document, new: Document) -> list[str]:
    """Return the differences of two machines that make their times hard to compare."""
    before, after = old["machine"], new["machine"]
    return [f"{x}: {before[x]} before, {after[x]} now" for x in SAME_MACHINE if before[x] != after[x]]


def _label(row: dict[str, Any]) -> str:
    what = f"{row['format']} {row['precision']}" if row["precision"] else row["file"]
    return f"{row['network']} {what} {row['height']}x{row['width']}" + (
        f" batch {row['batch']}" if row["batch"] > 1 else ""
    )
