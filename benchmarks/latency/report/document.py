"""The report as one document: the content of report.json, from which everything else is written."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hop_tf.benchmarks.latency.rows import COLUMNS, Settings
from hop_tf.benchmarks.latency.worker.networks import SavedNetwork
from hop_tf.benchmarks.latency.worker.running import MATMUL
from hop_tf.errors import UserError

SCHEMA = 1
Document = dict[str, Any]


def build_document(
    rows: Iterable[dict[str, Any]],
    networks: Iterable[SavedNetwork],
    rates: dict[str, float],
    machine: dict[str, Any],
    settings: Settings,
    command: str,
    started: str,
) -> Document:
    """Assemble a report.

    Args:
        rows: columns of each row, as measured.
        networks: the networks, with their multiply-adds.
        rates: from `matmul_rates`.
        machine: from `describe_machine`.
        settings: how long was measured.
        command: the command that makes this report again.
        started: date and time.

    Returns:
        dict for JSON, as described in docs/benchmark.md; rows have all of `COLUMNS`, `None` where there is nothing.
    """
    networks = {network.name: network for network in networks}
    common = {name: machine[name] for name in ("cpu", "processors", "gpu", "driver")}
    common["versions"] = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    library, gflops = max(rates, key=rates.get), {name: round(2e-9 * rate, 1) for name, rate in rates.items()}
    return {
        "schema": SCHEMA,
        "command": command,
        "started": started,
        "machine": machine,
        "settings": {name: getattr(settings, name) for name in ("warm_up", "seconds", "runs")},
        "matmul": {"side": MATMUL, "library": library, "gflops": gflops[library], **gflops},
        "networks": [
            {name: getattr(network, name) for name in ("name", "parameters", "window", "multiply_adds")}
            for network in networks.values()
        ],
        "rows": [
            {name: ({**row, **_limit(row, networks[row["network"]]), **common}).get(name) for name in COLUMNS}
            for row in rows
        ],
    }


def _limit(row: dict[str, Any], network: SavedNetwork) -> dict[str, Any]:
    """Return a row's multiply-adds, their time at the matrix product's rate, and the row's time in units of it."""
    counts = network.multiply_adds.get(f"{row['height']}x{row['width']}")
    if not counts:
        return {}
    count = row["batch"] * sum(counts.values())
    if not row.get("matmul_gflops"):
        return {"multiply_adds": count}
    limit = round(2e-6 * count / row["matmul_gflops"], 3)
    return {"multiply_adds": count, "limit_ms": limit, "times_limit": round(row["median_ms"] / limit, 3)}


def read_document(path: str | Path) -> Document:
    """Read a report.json.

    Raises:
        UserError: if it is missing, not a report, or of another schema.
    """
    try:
        document = json.loads(Path(path).read_text())
        schema = document["schema"]
        document["rows"][0]["median_ms"]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); expected a report.json") from error
    except (ValueError, LookupError, TypeError) as error:
        raise UserError(f"{path}: not a report.json of this command") from error
    if schema != SCHEMA:
        raise UserError(f"{path}: has the schema {schema}; this command reads {SCHEMA}")
    return document


def write_json(document: Document, path: Path) -> None:
    """Write a report as JSON."""
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")


def write_csv(document: Document, path: Path) -> None:
    """Write the rows of a report as CSV, with the columns of `COLUMNS`."""
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(document["rows"])
