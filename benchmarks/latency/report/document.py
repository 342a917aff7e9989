"""The report as one document: the content of report.json, from which everything else is written."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jsonschema

from hop_tf.benchmarks.latency.report.statistics import PERCENTILES, runs_for
from hop_tf.benchmarks.latency.rows import Settings
from hop_tf.benchmarks.latency.worker.networks import SavedNetwork
from hop_tf.benchmarks.latency.worker.running import MATMUL
from hop_tf.errors import UserError

SCHEMA = json.loads(Path(__file__).with_name("schema.json").read_text())
VERSION = SCHEMA["properties"]["schema"]["const"]
COLUMNS = {name: column.get("description", "") for name, column in SCHEMA["$defs"]["row"]["properties"].items()}
NETWORK = SCHEMA["properties"]["networks"]["items"]["required"]
Document = dict[str, Any]


def build_document(
    rows: Sequence[dict[str, Any]],
    networks: Iterable[SavedNetwork],
    rates: dict[str, float],
    settings: Settings,
    **facts: Any,
) -> Document:
    """Return the report of rows: a dict for JSON, as schema.json describes it.

    Args:
        rows: columns of each row, as measured, and "pictures", the number that it was compared on. In the report all
            rows have all columns.
        networks: the networks, with their multiply-adds.
        rates: from `matmul_rates`.
        settings: how long was measured.
        **facts: "command", "started", "busy", "machine", "before" and "after".
    """
    library, gflops = max(rates, key=rates.get), {name: round(2e-9 * rate, 1) for name, rate in rates.items()}
    times = {name: getattr(settings, name) for name in ("seconds", "max_seconds")}
    counts = {f"{row['height']}x{row['width']}": row["pictures"] for row in rows}
    return {
        "schema": VERSION,
        **facts,
        "settings": times | {"runs_for": {name: runs_for(q) for name, q in PERCENTILES.items()}},
        "matmul": {"side": MATMUL, "library": library, "gflops": gflops[library], **gflops},
        "pictures": {"test_set": settings.accuracy and settings.accuracy.name, "count": counts},
        "networks": [{name: getattr(network, name) for name in NETWORK} for network in networks],
        "rows": [{name: row.get(name) for name in COLUMNS} for row in rows],
    }


def read_document(path: str | Path) -> Document:
    """Read a report.json.

    Raises:
        UserError: if it is missing, not a report, or of another schema.
    """
    try:
        document = json.loads(Path(path).read_text())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); expected a report.json") from error
    except ValueError as error:
        raise UserError(f"{path}: not a report.json of this command") from error
    if isinstance(document, dict) and document.get("schema", VERSION) != VERSION:
        raise UserError(f"{path}: has the schema {document['schema']}, of another version; this one reads {VERSION}")
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document))
    if error:
        raise UserError(f"{path}: not a report.json of this command ({error.json_path}: {error.message[:80]})")
    return document
