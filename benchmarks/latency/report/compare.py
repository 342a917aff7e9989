"""Compare two reports row by row, for `--compare OLD NEW`."""

from typing import Any

from hop_tf.benchmarks.latency.report.document import Document
from hop_tf.benchmarks.latency.report.table import Table
from hop_tf.benchmarks.latency.report.tables import label, size_name

KEY = ("network", "format", "precision", "height", "width", "batch", "shapes")
SAME_MACHINE = ("cpu", "logical_processors", "gpu", "driver")
FAILURES = ("slower", "no longer runs", "not in the new report")


def compare(old: Document, new: Document, threshold: float) -> Table:
    """Compare the rows of two reports that measured the same.

    Latency counts in units of the time that the network's multiply-adds take on one processor at the rate of the matrix
    products that took turns with the row. A busier machine changes both, fewer processors change only the row. A row is
    slower if its interval lies above the old one and its median is at least `threshold` times the old one.

    Args:
        old, new: the reports.
        threshold: smallest ratio that counts, since two measurements of one file differ by a few percent.

    Returns:
        A table whose column "verdict" is "faster", "slower", "not distinguishable", "new" or one of `FAILURES`.
    """
    pairs: dict[tuple, list] = {}
    for side, document in enumerate((old, new)):
        for row in document["rows"]:
            # A file of the user is identified by its name. CUDA graphs are not part of the key: they may be compared.
            key = *(row[column] for column in KEY), None if row["precision"] else row["file"]
            pairs.setdefault(key, [None, None])[side] = row
    processors = [document["machine"]["processors"] for document in (old, new)]
    rows = [
        {"": f"{row['network']} {label(row)}, {size_name(row)}", **_cells(*pair, processors, threshold)}
        for pair in pairs.values()
        if any(row and not row["error"] for row in pair)
        for row in [pair[1] or pair[0]]
    ]
    reports = zip(("old", "new"), (old, new), strict=True)
    notes = [f"the {name} report is of a busy machine: {', '.join(x['busy'])}" for name, x in reports if x["busy"]]
    if processors[0] != processors[1]:
        notes.append("{} processors before, {} now".format(*processors))
    return Table("Latency in units of the matrix product limit of one processor, with 95 % intervals", rows, notes)


def differences_of_machines(old: Document, new: Document) -> list[str]:
    """Return the differences of two machines that make their times incomparable."""
    before, after = old["machine"], new["machine"]
    return [f"{x}: {before[x]} before, {after[x]} now" for x in SAME_MACHINE if before[x] != after[x]]


def _cells(old: dict[str, Any], new: dict[str, Any], processors: list[int], threshold: float) -> dict[str, str]:
    """Return the cells of a pair of rows, either of which may be missing or have no numbers."""
    pair = [row if row and not row["error"] else None for row in (old, new)]
    has_limit = all(row["times_limit"] for row in pair if row)
    names = [("times_limit{}" if has_limit else "median{}_ms").format(end) for end in ("", "_low", "_high")]
    times = [
        row and [(row[name] or row[names[0]]) / (count if has_limit else 1) for name in names]
        for row, count in zip(pair, processors, strict=True)
    ]
    cells = dict(zip(("old", "new"), ("{:.3g} ({:.3g} to {:.3g})".format(*x) if x else "" for x in times), strict=True))
    if not all(pair):
        lost = f"no longer runs: {new['error']}" if new else "not in the new report"
        return cells | {"ratio": "", "file": "", "verdict": lost if pair[0] else "new"}
    (before, before_low, before_high), (after, after_low, after_high) = times
    verdict = "not distinguishable"
    if after_low > before_high and after >= threshold * before:
        verdict = "slower"
    elif after_high < before_low and before >= threshold * after:
        verdict = "faster"
    file = "" if not old["sha256"] else "same" if old["sha256"] == new["sha256"] else "changed"
    return cells | {"ratio": f"{after / before:.2f}", "file": file, "verdict": verdict}
