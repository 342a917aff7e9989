"""`--compare OLD NEW`: how much faster or slower the rows of one report are than those of another."""

import dataclasses

KEY = ("network", "format", "precision", "height", "width", "batch", "shapes")
SAME_MACHINE = ("cpu", "processors", "gpu", "driver")


@dataclasses.dataclass(frozen=True)
class Change:
    """A row of two reports.

    Attributes:
        what: str, the row in words.
        old, new: median latency, milliseconds; None where there is none.
        error: str, why the new report has no numbers for it, where it has none.
    """

    what: str
    old: float | None
    new: float | None
    error: str = ""

    @property
    def ratio(self):
        """New by old: over 1 is slower. None where one of them is missing."""
        return self.new / self.old if self.old and self.new else None

    def is_failure(self, threshold):
        """Whether it has become slower than `threshold` times, or no longer runs."""
        return self.ratio > threshold if self.ratio else bool(self.old)


def compare(old, new):
    """Pairs the rows of two reports by what was measured: list of `Change`, in the order of the new one."""
    pairs = {}
    for i, document in enumerate((old, new)):
        for row in document["rows"]:
            pairs.setdefault(_key(row), [None, None])[i] = row
    changes = []
    for before, after in pairs.values():
        row = after or before
        times = [side["median_ms"] if side else None for side in (before, after)]
        if any(times):
            error = f"no longer runs: {after['error']}" if after else "not in the new report"
            changes.append(Change(_words(row), *times, error))
    return changes


def differences_of_machines(old, new):
    """In what the machines of two reports differ that makes their times hard to compare: list of str."""
    return [
        f"{what}: {old['machine'][what]} before, {new['machine'][what]} now"
        for what in SAME_MACHINE
        if old["machine"][what] != new["machine"][what]
    ]


def lines(changes, threshold):
    """What is printed of a comparison: list of str."""
    width = max([len(change.what) for change in changes], default=0)
    found = []
    for change in changes:
        if change.ratio:
            mark = "  too slow" if change.is_failure(threshold) else ""
            numbers = f"{change.old:10.2f} ms {change.new:10.2f} ms  x {change.ratio:.2f}{mark}"
        elif change.new:
            numbers = f"{'new':>13} {change.new:10.2f} ms"
        else:
            numbers = f"{change.old:10.2f} ms  {change.error}"
        found.append(f"{change.what:{width}} {numbers}")
    return found


def _key(row):
    # a file of the report's own is known by the other columns; whether it ran on a CUDA graph may be what is compared
    return *(row[column] for column in KEY), None if row["precision"] else row["file"]


def _words(row):
    what = f"{row['format']} {row['precision']}" if row["precision"] else row["file"]
    batch = f" batch {row['batch']}" if row["batch"] > 1 else ""
    return f"{row['network']} {what} {row['height']}x{row['width']}{batch}"
