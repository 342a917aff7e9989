"""Which file to take: the first table of a report."""

import math
from collections.abc import Iterator

from hop_tf.benchmarks.latency.report.document import Document
from hop_tf.benchmarks.latency.report.table import Table, number
from hop_tf.benchmarks.latency.report.tables import Row, by_size, difference, keras_of, label, picture_count, size_name
from hop_tf.benchmarks.latency.rows import RUNTIMES
from hop_tf.models.presets import DEFAULT_PRESET

SAME_SAD = 1.01
SAME_ALPHA = 1e-3  # mean difference from Keras
LAPTOP, CPU, GPU, SMALLEST, LEAST_MEMORY = PURPOSES = (
    "speed on a laptop",
    "speed on this CPU",
    "speed on this GPU",
    "smallest file",
    "least memory",
)


def choices(document: Document) -> Table:
    """Return which file to take for each size on this machine, on its CPU and on its GPU, and on a laptop."""
    machine, rows = document["machine"], []
    for group in by_size(document):
        for device in sorted({row["device"] for row in group}):
            rows += _choices([row for row in group if row["device"] == device], group)
    rows.sort(key=lambda row: PURPOSES.index(row["best for"].partition(",")[0]))  # the sizes stay in order
    exact = "whose alpha differs from that of Keras in float32 by at most 0.001 on average"
    notes = []
    if any("error (SAD)" in row for row in rows):
        exact = "whose SAD is at most 1 % above that of Keras in float32"
        notes.append(
            f"SAD: error in the unknown pixels, in thousands, mean over {picture_count(document)} of "
            f"{document['pictures']['test_set']}; lower is better. In brackets, the change from Keras in float32."
        )
    instructions = ", ".join((machine.get("instructions") or "").split())
    instructions = f", whose CPU has {instructions}" if instructions else ""
    notes.insert(
        0,
        f"Speed: the fastest {exact}; of several whose 95 % intervals overlap with its own, the smallest file. "
        f"Latency and memory are those of this machine{instructions}. The smallest file and the least memory count "
        "whatever the error is.",
    )
    if any(row["take"].endswith("bfloat16") for row in rows):
        notes.append(
            "Laptop: the fastest without bfloat16, which needs AMX or AVX512-BF16; many laptops have neither. OpenVINO "
            "computes in bfloat16 from its float32 file, with hop-tf matte --precision bfloat16."
        )
    where = machine["cpu"] + ("" if machine["gpu"].startswith("none") else f" and {machine['gpu']}")
    return Table(f"Which file to take, on {where}, {machine['processors']} processors", rows, notes, ("command",))


def _choices(rows: list[Row], group: list[Row]) -> Iterator[dict[str, str]]:
    """Yield the best rows of a device, which are sorted by latency, among all of a size."""
    keras = keras_of(group)
    if has_sad := all(row["sad"] is not None for row in group):
        keras = keras or min(group, key=lambda row: row["sad"])
        exact = [row for row in rows if row["sad"] <= SAME_SAD * keras["sad"]]
    else:
        known = [row for row in rows if row is keras or row["difference_mean"] is not None]
        exact = [row for row in known if row is keras or row["difference_mean"] <= SAME_ALPHA]
    anywhere = [row for row in exact if row["precision"] != "bfloat16"]
    on_cpu = rows[0]["device"] == "cpu"
    best_for = {
        LAPTOP: _fastest(anywhere) if on_cpu else [],
        CPU if on_cpu else GPU: _fastest(exact),
        SMALLEST: sorted((row for row in rows if row["file_mb"]), key=lambda row: row["file_mb"])[:1],
        LEAST_MEMORY: sorted(rows, key=lambda row: row["memory_mb"])[:1],
    }
    for row in {label(row): row for found in best_for.values() for row in found}.values():
        cost = f"{number(row['sad'])} ({row['sad'] / keras['sad'] - 1:+.1%})" if has_sad else difference(row)
        yield {
            "photo (height x width)": size_name(row),
            "best for": ", ".join(purpose for purpose, found in best_for.items() if row in found),
            "take": label(row),
            "error (SAD)" if has_sad else "difference": cost,
            "latency": f"{number(row['median_ms'])} ms",
            "memory": f"{row['memory_mb'] / 1e3:.2f} GB",
            "file": f"{number(row['file_mb'])} MB" if row["file_mb"] else "",
            "command": _command(row),
        }


def _fastest(rows: list[Row]) -> list[Row]:
    """Return the smallest file among those whose interval overlaps that of the first row, which is the fastest."""
    if not rows:
        return []
    end = rows[0]["median_high_ms"] or rows[0]["median_ms"]
    equal = [row for row in rows if (row["median_low_ms"] or row["median_ms"]) <= end]
    return [min(equal, key=lambda row: row["file_mb"] or math.inf)]


def _command(row: Row) -> str:
    """Return the command that makes the file of a row, and the one that runs it if it needs options."""
    preset = "" if row["network"] == DEFAULT_PRESET else f" --preset {row['network']}"
    if row["format"] == "keras":
        return f"hop-tf matte --runtime keras --precision {row['precision']}{preset}"
    if not row["precision"]:
        return ""
    runtime = RUNTIMES[row["format"]]
    size = "--dynamic" if row["shapes"] == "dynamic" else f"--size {row['height']}x{row['width']}"
    precision = runtime.precisions[row["precision"]]
    file = runtime.format.example
    export = f"hop-tf export {runtime.format.name} {size} --precision {precision}{preset} -o {file}"
    if precision == row["precision"]:
        return export
    return f"{export} && hop-tf matte photo.jpg trimap.png --weights {file} --precision {row['precision']}"
