"""The tables of a report, as text, for terminal, Markdown and HTML."""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

from hop_tf.benchmarks.latency.report.document import Document

Row = dict[str, Any]
DETAILS = ("p90", "first run s", "file MB")


@dataclasses.dataclass(frozen=True)
class Table:
    """A titled table, with lines of notes below it; a terminal has no room for the columns `details`."""

    title: str
    header: list[str]
    cells: list[list[str]]
    notes: list[str] = dataclasses.field(default_factory=list)
    details: tuple[str, ...] = ()


def number(x: float | None) -> str:
    """Format a measured number with its significant digits: 0.123, 1.23, 12.3, 123, 1234."""
    return "" if x is None else f"{x:.{3 if x < 1 else 2 if x < 10 else 1 if x < 100 else 0}f}"


def label(row: Row) -> str:
    """Return the format and precision of a row, or the name of its file."""
    if not row["precision"]:
        return f"{row['file'] or 'file'} ({row['format']})"
    return f"{row['format']} {row['precision']}" + (" CUDA graph" if row["cuda_graph"] == "on" else "")


def shape(row: Row) -> tuple[int, int, int]:
    """Return (height, width, batch)."""
    return row["height"], row["width"], row["batch"]


def first_network(document: Document) -> list[Row]:
    """Return the rows of the first network, the one that the report is about."""
    return [row for row in document["rows"] if row["network"] == document["networks"][0]["name"]]


def tables(document: Document) -> list[Table]:
    """Return one table per size and batch, then multiply-adds, then attention by window if it was compared."""
    rows = sorted(first_network(document), key=lambda row: (row["height"] * row["width"], shape(row)))
    found = [_latencies(list(group)) for _, group in itertools.groupby(rows, key=shape)]
    found = [*(table for table in found if table.cells), _multiply_adds(document)]
    attention = attention_times(document)
    return [*found, _attention(document, attention)] if attention else found


def not_run(document: Document) -> dict[str, list[str]]:
    """Return why rows have no numbers: reason to the rows, in words."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for row in document["rows"]:
        if row["error"]:
            network = "" if row["network"] == document["networks"][0]["name"] else f" {row['network']}"
            sizes = reasons.setdefault(row["error"], {}).setdefault(label(row) + network, [])
            sizes.append(f"{row['height']}x{row['width']}" + (f" batch {row['batch']}" if row["batch"] > 1 else ""))
    return {
        reason: [f"{name} ({', '.join(s) if len(s) < 3 else f'{len(s)} sizes'})" for name, s in rows.items()]
        for reason, rows in reasons.items()
    }


def attention_times(document: Document) -> dict[str, dict[int, float]]:
    """Return the comparison of windows: label to window (0 without HOP) to median milliseconds."""
    windows = {x["name"]: x["window"] for x in document["networks"] if x["window"] is not None}
    times: dict[tuple, dict[int, float]] = {}
    for row in document["rows"]:
        if row["network"] in windows and row["median_ms"]:
            times.setdefault((label(row), *shape(row)), {})[windows[row["network"]]] = row["median_ms"]
    return {name: dict(sorted(found.items())) for (name, *_), found in times.items() if 0 in found}


def attention_size(document: Document) -> str:
    """Return "HEIGHTxWIDTH" of the photos that windows are compared on."""
    without = next(x["name"] for x in document["networks"] if x["window"] == 0)
    row = next(row for row in document["rows"] if row["network"] == without)
    return f"{row['height']}x{row['width']}"


def machine_lines(document: Document) -> dict[str, str]:
    """Return machine, versions and settings: name to value."""
    machine, matmul, settings = document["machine"], document["matmul"], document["settings"]
    other = "tensorflow" if matmul["library"] == "numpy" else "numpy"
    return {
        "CPU": f"{machine['cpu']}, {machine['processors']} processors ({machine['instructions']})",
        "memory": f"{machine['memory_gb']} GB",
        "GPU": " driver ".join(filter(None, (machine["gpu"], machine["driver"]))),
        "system": f"{machine['system']}, Python {machine['python']}, load {machine['load']} before the start",
        "versions": ", ".join(f"{name} {version}" for name, version in machine["versions"].items()),
        "float32 matrix product": f"{matmul['gflops']:.0f} GFLOP/s, {matmul['side']} x {matmul['side']}, by "
        f"{matmul['library']}, the faster; {matmul[other]:.0f} by {other}",
        "measured": f"{document['started']}, commit {machine['commit']}; warm-up {1e3 * settings['warm_up']:.0f} ms "
        f"and 3 runs, then at least {settings['seconds']:g} s and {settings['runs']} runs in 10 rounds",
        "command": document["command"],
    }


def _latencies(rows: list[Row]) -> Table:
    measured = sorted((row for row in rows if not row["error"]), key=lambda row: row["median_ms"])
    keras = next((r["median_ms"] for r in measured if (r["format"], r["precision"]) == ("keras", "float32")), None)
    columns: dict[str, Callable[[Row], str]] = {
        "": lambda row: label(row) + (" !" if row["warning"] else ""),
        **{name: lambda row, name=name: number(row[f"{name}_ms"]) for name in ("min", "median", "p90", "p99")},
        "speed": lambda row: f"{keras / row['median_ms']:.2f}" if keras else "",
        "x limit": lambda row: number(row["times_limit"]),
        "photos/s": lambda row: number(row["photos_per_s"]),
        "to GPU + compute + back": _phases,
        "first run s": lambda row: number(row["first_run_s"]),
        "memory MB": lambda row: f"{row['memory_mb']:.0f}",
        "file MB": lambda row: number(row["file_mb"]),
        "difference": lambda row: "" if row["difference_max"] is None else f"{row['difference_max']:.0e}",
    }
    if not any(map(_phases, measured)):
        del columns["to GPU + compute + back"]
    cells = [[cell(row) for cell in columns.values()] for row in measured]
    height, width, batch = shape(rows[0])
    limits = [row["limit_ms"] for row in measured if row["limit_ms"]]
    title = f"{height} x {width}{f', batch {batch}' if batch > 1 else ''}, milliseconds"
    title += f"; matrix product limit {number(min(limits))}" if limits else ""
    warnings = "; ".join(f"{label(row)} ({row['warning']})" for row in measured if row["warning"])
    return Table(title, list(columns), cells, [f"! {warnings}"] if warnings else [], DETAILS)


def _phases(row: Row) -> str:
    times = [row[f"{phase}_median_ms"] for phase in ("h2d", "compute", "d2h")]
    return "" if None in times else " + ".join(map(number, times))


def _multiply_adds(document: Document) -> Table:
    cells = []
    for network in document["networks"]:
        for size, counts in network["multiply_adds"].items():
            counted = counts["convolutions"], counts["matrix_products"], sum(counts.values())
            numbers = [f"{number(1e-9 * x)} G" for x in counted]
            cells.append([network["name"], f"{1e-6 * network['parameters']:.2f} M", size, *numbers])
    header = ["network", "parameters", "photo", "convolutions", "attention", "sum"]
    return Table("Multiply-adds of a photo", header, cells)


def _attention(document: Document, attention: dict[str, dict[int, float]]) -> Table:
    windows = sorted(set(itertools.chain(*attention.values())))
    cells = []
    for name, times in attention.items():
        shares = {side: f" ({(ms - times[0]) / ms:.0%})" if side else "" for side, ms in times.items()}
        cells.append([name, *(number(times[side]) + shares[side] if side in times else "" for side in windows)])
    header = ["", *(f"window {side}" if side else "without HOP" for side in windows)]
    return Table(f"Median milliseconds by window at {attention_size(document)} (share of HOP)", header, cells)
