"""The tables of a report."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from hop_tf.benchmarks.latency.report.document import Document
from hop_tf.benchmarks.latency.report.table import Table, number

Row = dict[str, Any]
LAPTOP = 8  # GB
DETAILS = ("95 % interval", "p90", "p99", "runs", "outliers", "variation", "first run s", "file MB")


def label(row: Row) -> str:
    """Return the format and precision of a row, or the name of its file."""
    if not row["precision"]:
        return f"{row['file'] or 'file'} ({row['format']})"
    return f"{row['format']} {row['precision']}" + (" CUDA graph" if row["cuda_graph"] == "on" else "")


def size_name(row: Row) -> str:
    """Return the size of a row's photos, and their number if it is not 1."""
    return f"{row['height']} x {row['width']}" + (f", batch {row['batch']}" if row["batch"] > 1 else "")


def megapixels(row: Row) -> float:
    """Return the megapixels of one run."""
    return row["height"] * row["width"] * row["batch"] / 1e6


def by_size(document: Document) -> list[list[Row]]:
    """Return the measured rows of the first network, which the report is about: a list for each size, fastest first."""
    rows = [row for row in document["rows"] if row["network"] == document["networks"][0]["name"] and not row["error"]]
    groups = itertools.groupby(sorted(rows, key=lambda row: (megapixels(row), size_name(row))), key=size_name)
    return [sorted(group, key=lambda row: row["median_ms"]) for _, group in groups]


def keras_of(rows: list[Row]) -> Row | None:
    """Return the row of Keras in float32."""
    return next((row for row in rows if (row["format"], row["precision"]) == ("keras", "float32")), None)


def difference(row: Row) -> str:
    """Return the mean and largest difference from Keras in float32, in words."""
    return "" if row["difference_max"] is None else f"{row['difference_mean']:.1g}, max {row['difference_max']:.1g}"


def picture_count(document: Document) -> str:
    """Return the number of pictures that the rows were compared on, in words."""
    counts = {size: count for size, count in document["pictures"]["count"].items() if count}
    most = max(counts.values(), default=0)
    fewer = ", ".join(f"{count} at {size.replace('x', ' x ')}" for size, count in counts.items() if count < most)
    return f"{most} picture{'s' * (most != 1)}" + (f" ({fewer})" if fewer else "")


def tables(document: Document) -> list[Table]:
    """Return the tables of a report: latency by size, memory, windows and multiply-adds."""
    groups = by_size(document)
    found = [*(_latencies(document, group) for group in groups), _memory(groups), _windows(document)]
    return [table for table in (*found, _multiply_adds(document)) if table.rows]


def profiles(document: Document) -> list[Table]:
    """Return the most expensive operations of each row that was profiled, at its largest size."""
    profiled = {label(row): row for row in itertools.chain(*by_size(document)) if row["profile"]}
    return [
        Table(
            f"Most expensive operations of {name} at {size_name(row)}",
            [
                {"": x["name"], "ms": number(x["ms"]), "share": f"{x['share']:.1%}", "kind": x["kind"]}
                for x in row["profile"]
            ],
        )
        for name, row in profiled.items()
    ]


def not_run(document: Document) -> dict[str, str]:
    """Return the rows that have no numbers, in words, to the reason."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for row in document["rows"]:
        if row["error"]:
            network = "" if row["network"] == document["networks"][0]["name"] else f" {row['network']}"
            reasons.setdefault(row["error"], {}).setdefault(label(row) + network, []).append(size_name(row))
    return {
        "; ".join(f"{name} ({', '.join(s) if len(s) < 3 else f'{len(s)} sizes'})" for name, s in rows.items()): reason
        for reason, rows in reasons.items()
    }


def machine_lines(document: Document) -> dict[str, str]:
    """Return machine, versions and settings: name to value."""

    def words(value: Any) -> str:
        if isinstance(value, dict):
            return ", ".join(f"{name.replace('_', ' ')} {words(x)}" for name, x in value.items())
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    matmul, settings = document["matmul"], document["settings"]
    facts = document["machine"] | {name: document[name] for name in ("before", "after")}
    return {
        **{name.replace("_", " "): words(value) for name, value in facts.items() if value not in (None, "")},
        "float32 matrix product": f"{matmul['gflops']:.0f} GFLOP/s, {matmul['side']} x {matmul['side']}, by "
        f"{matmul['library']}, the faster of numpy ({matmul['numpy']:.0f}) and tensorflow ({matmul['tensorflow']:.0f})",
        "measured": f"{document['started']}; each row at least {settings['seconds']:g} s in ten rounds, from the "
        f"first three that agree, until the interval of its median is within 2 % or {settings['max_seconds']:g} s are "
        "over",
        **{f"SHA-256 of {name}": x for net in document["networks"] for name, x in net["weights"].items()},
        "command": document["command"],
    }


def _latencies(document: Document, rows: list[Row]) -> Table:
    """Return the table of a size. Columns without any cell are left out."""
    keras, needed = keras_of(rows), document["settings"]["runs_for"]
    columns: dict[str, Callable[[Row], str]] = {
        "": lambda row: label(row) + (" !" if row["warning"] else ""),
        "median": lambda row: number(row["median_ms"]),
        "95 % interval": lambda row: " to ".join(
            filter(None, (number(row[f"median_{x}_ms"]) for x in ("low", "high")))
        ),
        "speed": lambda row: f"{keras['median_ms'] / row['median_ms']:.2f}" if keras else "",
        "SAD": lambda row: number(row["sad"]),
        "difference": difference,
        "memory MB": lambda row: f"{row['memory_mb']:.0f}",
        "file MB": lambda row: number(row["file_mb"]),
        "photos/s": lambda row: number(row["photos_per_s"]),
        "streams: photos/s": lambda row: ", ".join(
            f"{x['streams']}: {number(x['photos_per_s'])}" for x in row["streams"] or ()
        ),
        "to GPU + compute + back": lambda row: " + ".join(
            number(row["phases"][phase]["median_ms"]) for phase in ("h2d", "compute", "d2h") if row["phases"]
        ),
        "first run s": lambda row: number(row["first_run_s"]),
        "x limit": lambda row: number(row["times_limit"]),
        "runs": lambda row: str(row["runs"]),
        "outliers": lambda row: str(row["outliers"]),
        "variation": lambda row: f"{row['variation']:.1%}",
        "p90": lambda row: number(row["p90_ms"]) or f"({needed['p90']} runs)",
        "p99": lambda row: number(row["p99_ms"]) or f"({needed['p99']} runs)",
    }
    columns = {name: cell for name, cell in columns.items() if any(map(cell, rows))}
    limits = [row["limit_ms"] for row in rows if row["limit_ms"]]
    title = f"{size_name(rows[0])}, milliseconds" + (f"; matrix product limit {number(min(limits))}" if limits else "")
    notes = [f"! {label(row)}: {row['warning']}" for row in rows if row["warning"]]
    any_size = [label(row) for row in rows if row["shapes"] == "dynamic"]
    if 0 < len(any_size) < len(rows):
        notes.append(f"files for any size: {', '.join(any_size)}; the others take only this one")
    return Table(title, [{name: cell(row) for name, cell in columns.items()} for row in rows], notes, DETAILS)


def _memory(groups: list[list[Row]]) -> Table:
    """Return the memory of each runtime as a line over megapixels, and the largest photo in a laptop's memory."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in itertools.chain(*groups):
        points.setdefault(label(row), []).append((megapixels(row), row["memory_mb"] / 1e3))
    rows = []
    for name, found in points.items():
        if len({x for x, _ in found}) > 1:
            slope, base = np.polyfit(*zip(*found, strict=True), 1)
            fits = f"{(LAPTOP - base) / slope:.0f} megapixels" if slope > 0 else ""
            cells = {"GB per megapixel": f"{slope:.2f}", "GB fixed": f"{base:.2f}", f"fit into {LAPTOP} GB": fits}
            rows.append({"": name, **cells})
    return Table("Memory", rows)


def _multiply_adds(document: Document) -> Table:
    rows = []
    for network in document["networks"]:
        for size, counts in network["multiply_adds"].items():
            counted = {"convolutions": counts["convolutions"], "attention": counts["matrix_products"]}
            numbers = {name: f"{number(1e-9 * x)} G" for name, x in (counted | {"sum": sum(counts.values())}).items()}
            parameters = f"{1e-6 * network['parameters']:.2f} M"
            rows.append({"network": network["name"], "parameters": parameters, "photo": size, **numbers})
    return Table("Multiply-adds of a photo", rows)


def _windows(document: Document) -> Table:
    """Return the comparison of windows: the median of each, and the share of the HOP blocks in it."""
    windows = {x["name"]: x["window"] for x in document["networks"] if x["window"] is not None}
    times: dict[str, dict[int, float]] = {}
    for row in document["rows"]:
        if row["network"] in windows and row["median_ms"]:
            times.setdefault(f"{label(row)}, {size_name(row)}", {})[windows[row["network"]]] = row["median_ms"]
    rows = []
    for name, found in times.items():
        if 0 in found:
            shares = {side: f"{number(ms)} ({1 - found[0] / ms:.0%})" for side, ms in found.items() if side}
            cells = {f"window {side}": shares.get(side, "") for side in sorted(windows.values()) if side}
            rows.append({"": name, "without HOP": number(found[0]), **cells})
    return Table("Median milliseconds by window (share of HOP)", rows)
