"""What a person reads of a report: tables of words and numbers, for the terminal, Markdown and HTML alike."""

import dataclasses
import itertools

PHASES = "to GPU + compute + back"
DETAILS = frozenset({"p90", "first run s", "file MB"})


@dataclasses.dataclass(frozen=True)
class Table:
    """A titled table.

    Attributes:
        title: str.
        header: list of str.
        cells: list of lists of str, as long as `header`.
        notes: list of str, lines to be shown below.
        details: names in `header` that a terminal has no room for.
    """

    title: str
    header: list[str]
    cells: list[list[str]]
    notes: list[str] = dataclasses.field(default_factory=list)
    details: frozenset = frozenset()


def number(x):
    """A measured number with the digits that say something: 0.123, 1.23, 12.3, 123, 1234."""
    if x is None or x == "":
        return ""
    return f"{x:.{3 if x < 1 else 2 if x < 10 else 1 if x < 100 else 0}f}"


def label(row):
    """What tells a row of one network, size and batch from another: format and precision, or the file's name."""
    if not row["precision"]:
        return f"{row['file'] or 'file'} ({row['format']})"
    return f"{row['format']} {row['precision']}" + (" CUDA graph" if row["cuda_graph"] == "on" else "")


def tables(document):
    """The tables of a report: list of `Table`. First one a size and batch, then networks, then attention by window."""
    first = document["networks"][0]["name"]
    rows = [row for row in document["rows"] if row["network"] == first]
    keys = sorted({(r["height"] * r["width"], r["height"], r["width"], r["batch"]) for r in rows})
    found = [_of_size([r for r in rows if (r["height"], r["width"], r["batch"]) == tuple(key)]) for _, *key in keys]
    found = [table for table in found if table.cells]
    found.append(_of_networks(document))
    if attention := attention_times(document):
        found.append(_of_attention(document, attention))
    return found


def not_run(document):
    """Why rows have no numbers: dict from reason to the rows, in words, list of str."""
    failed = [row for row in document["rows"] if row["error"]]
    failed.sort(key=lambda row: row["error"])
    reasons = {}
    for reason, rows in itertools.groupby(failed, key=lambda row: row["error"]):
        sizes = {}
        for row in rows:
            network = "" if row["network"] == document["networks"][0]["name"] else f" {row['network']}"
            batch = f" batch {row['batch']}" if row["batch"] > 1 else ""
            sizes.setdefault(label(row) + network, []).append(f"{row['height']}x{row['width']}{batch}")
        reasons[reason] = [
            f"{what} ({', '.join(where) if len(where) < 3 else f'{len(where)} sizes'})" for what, where in sizes.items()
        ]
    return reasons


def attention_times(document):
    """The comparison of windows: dict from label to dict from window (0 without HOP) to median milliseconds."""
    windows = {n["name"]: n["window"] for n in document["networks"] if n["window"] is not None}
    base = next((name for name, window in windows.items() if window == 0), None)
    there = {
        (label(r), r["height"], r["width"], r["batch"]): r["median_ms"]
        for r in document["rows"]
        if r["network"] == base and r["median_ms"]
    }
    found = {}
    for row in document["rows"]:
        key = label(row), row["height"], row["width"], row["batch"]
        if row["network"] in windows and key in there and row["median_ms"]:
            found.setdefault(key[0], {0: there[key]})[windows[row["network"]]] = row["median_ms"]
    return {name: dict(sorted(times.items())) for name, times in found.items()}


def attention_size(document):
    """ "HEIGHTxWIDTH" of the photos that windows are compared on."""
    base = next(n["name"] for n in document["networks"] if n["window"] == 0)
    row = next(row for row in document["rows"] if row["network"] == base)
    return f"{row['height']}x{row['width']}"


def machine_lines(document):
    """Machine, versions and how it was measured: list of (what, value)."""
    machine, matmul = document["machine"], document["matmul"]
    settings = document["settings"]
    other = next(name for name in ("numpy", "tensorflow") if name != matmul["library"])
    return [
        ("CPU", f"{machine['cpu']}, {machine['processors']} processors ({machine['instructions']})"),
        ("memory", f"{machine['memory_gb']} GB"),
        ("GPU", " driver ".join(filter(None, (machine["gpu"], machine["driver"])))),
        ("system", f"{machine['system']}, Python {machine['python']}, load {machine['load']} before the start"),
        ("versions", ", ".join(f"{name} {version}" for name, version in machine["versions"].items())),
        (
            "float32 matrix product",
            f"{matmul['gflops']:.0f} GFLOP/s, {matmul['side']} x {matmul['side']}, by {matmul['library']}, the faster; "
            f"{matmul[other]:.0f} by {other}",
        ),
        (
            "measured",
            f"{document['started']}, commit {machine['commit']}; warm-up {1e3 * settings['warm_up']:.0f} ms "
            f"and 3 runs, then at least {settings['seconds']:g} s and {settings['runs']} runs in 10 rounds",
        ),
        ("command", document["command"]),
    ]


def _of_size(rows):
    one = rows[0]
    measured = [row for row in rows if not row["error"]]
    keras = next((r["median_ms"] for r in measured if (r["format"], r["precision"]) == ("keras", "float32")), None)
    on_gpu = any(row["compute_median_ms"] is not None for row in measured)
    header = [
        "",
        "min",
        "median",
        "p90",
        "p99",
        "speed",
        "x limit",
        "photos/s",
        "first run s",
        "memory MB",
        "file MB",
        "difference",
    ]
    header[8:8] = [PHASES] if on_gpu else []
    cells = []
    for row in sorted(measured, key=lambda row: row["median_ms"]):
        phases = [row[f"{phase}_median_ms"] for phase in ("h2d", "compute", "d2h")]
        cells.append(
            [
                label(row) + (" !" if row["warning"] else ""),
                *(number(row[f"{name}_ms"]) for name in ("min", "median", "p90", "p99")),
                f"{keras / row['median_ms']:.2f}" if keras else "",
                number(row["times_limit"]),
                number(row["photos_per_s"]),
                *([" + ".join(map(number, phases)) if phases[1] is not None else ""] if on_gpu else []),
                number(row["first_run_s"]),
                f"{row['memory_mb']:.0f}",
                number(row["file_mb"]),
                f"{row['difference_max']:.0e}" if row["difference_max"] is not None else "",
            ]
        )
    batch = f", batch {one['batch']}" if one["batch"] > 1 else ""
    limits = [row["limit_ms"] for row in measured if row["limit_ms"]]
    limit = f"; matrix product limit {number(min(limits))}" if limits else ""
    busy = [f"{label(row)} ({row['warning']})" for row in measured if row["warning"]]
    notes = [f"! {'; '.join(busy)}"] if busy else []
    return Table(f"{one['height']} x {one['width']}{batch}, milliseconds{limit}", header, cells, notes, DETAILS)


def _of_networks(document):
    cells = []
    for network in document["networks"]:
        for size, counts in network["multiply_adds"].items():
            convolutions, products = (1e-9 * counts[name] for name in ("convolutions", "matrix_products"))
            total = convolutions + products
            parameters = f"{1e-6 * network['parameters']:.2f} M"
            counted = (f"{number(x)} G" for x in (convolutions, products, total))
            cells.append([network["name"], parameters, size, *counted])
    header = ["network", "parameters", "photo", "convolutions", "attention", "sum"]
    return Table("Multiply-adds of a photo", header, cells)


def _of_attention(document, attention):
    windows = sorted(set(itertools.chain(*attention.values())))
    header = ["", *(f"window {side}" if side else "without HOP" for side in windows)]
    cells = []
    for name, times in attention.items():
        shares = [f" ({(ms - times[0]) / ms:.0%})" if side else "" for side, ms in times.items()]
        known = {side: number(ms) + share for (side, ms), share in zip(times.items(), shares, strict=True)}
        cells.append([name, *(known.get(side, "") for side in windows)])
    return Table(
        f"Median milliseconds by window at {attention_size(document)}, in brackets the share of HOP", header, cells
    )
