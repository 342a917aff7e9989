"""The report as one document: what report.json holds, and everything else is written from."""

import csv
import json

from hop_tf.benchmarks.latency.rows import COLUMNS
from hop_tf.benchmarks.latency.worker.loading import MATMUL
from hop_tf.errors import UserError

SCHEMA = 1


def build(rows, networks, rates, machine, command, settings, started):
    """Puts a report together.

    Args:
        rows: list of dicts of columns, as measured.
        networks: list of the entries of `preparing.networks`, each with "multiply_adds", dict from "HEIGHTxWIDTH" to
            what `count_multiply_adds` returned.
        rates: from `matmul.matmul_rates`.
        machine: from `machine.machine`.
        command: str, what makes this report again.
        settings: dict of numbers, how long was measured.
        started: str, date and time.

    Returns:
        dict for JSON: "schema", int; "command", "started", "machine" and "settings" as given; "matmul": "side",
        "library" (the faster one), "gflops" and that of each library; "networks": "name", "parameters", "window",
        "multiply_adds"; "rows": flat, each with all of `COLUMNS`, None where there is nothing.
    """
    library = max(rates, key=rates.get)
    counts = {network["name"]: network["multiply_adds"] for network in networks}
    for row in rows:
        count = counts[row["network"]].get(f"{row['height']}x{row['width']}")
        if count:
            row["multiply_adds"] = row["batch"] * sum(count.values())
            if row.get("matmul_gflops"):
                row["limit_ms"] = round(2e-6 * row["multiply_adds"] / row["matmul_gflops"], 3)
                row["times_limit"] = round(row["median_ms"] / row["limit_ms"], 3)
    there = {name: machine[name] for name in ("cpu", "processors", "gpu", "driver")}
    there["versions"] = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    gflops = {name: round(2e-9 * rate, 1) for name, rate in rates.items()}
    return {
        "schema": SCHEMA,
        "command": command,
        "started": started,
        "machine": machine,
        "settings": settings,
        "matmul": {"side": MATMUL, "library": library, "gflops": gflops[library], **gflops},
        "networks": [
            {key: network[key] for key in ("name", "parameters", "window", "multiply_adds")} for network in networks
        ],
        "rows": [{column: {**row, **there}.get(column) for column in COLUMNS} for row in rows],
    }


def read(path):
    """Reads a report.json.

    Raises:
        UserError: if it is not there, not one, or of another schema.
    """
    try:
        with open(path) as file:
            document = json.load(file)
        schema = document["schema"]
        document["rows"][0]["median_ms"]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); expected a report.json") from error
    except (ValueError, LookupError, TypeError) as error:
        raise UserError(f"{path}: not a report.json of this command") from error
    if schema != SCHEMA:
        raise UserError(f"{path}: has the schema {schema}; this command reads {SCHEMA}")
    return document


def write_json(document, path):
    with open(path, "w") as file:
        json.dump(document, file, indent=1, allow_nan=False)
        file.write("\n")


def write_csv(document, path):
    """The rows, one a line, under the names of `COLUMNS`."""
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(document["rows"])
