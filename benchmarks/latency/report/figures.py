"""The figures of a report."""

import io
import re

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from hop_tf.benchmarks.latency.report.document import Document
from hop_tf.benchmarks.latency.report.tables import Row, attention_size, attention_times, first_network, label

COLORS = {
    "keras": "#d62728",
    "saved_model": "#ff7f0e",
    "onnx": "#1f77b4",
    "onnx_cuda": "#17becf",
    "tflite": "#2ca02c",
    "openvino": "#9467bd",
    "tensorrt": "#7f7f7f",
}
STYLES = {"float32": "o-", "float16": "s--", "bfloat16": "^-.", "int8": "D:", "int8_dynamic": "v:", "": "P-"}
WINDOW_COLORS = ("#bbbbbb", "#9ecae1", "#4292c6", "#084594", "#08306b", "#041f4a")


def figures(document: Document) -> dict[str, tuple[Figure, str]]:
    """Draw "latency", "memory" and, if windows were compared, "attention"; return each with its description."""
    found = {
        "latency": (
            _over_megapixels(document, "median_ms", "median latency, ms", limit=True),
            "Latency over megapixels, both logarithmic. Lower is better. The dashed black line is the time that the "
            "network's multiply-adds take at the rate of float32 matrix products that took turns with the rows; lower "
            "precisions can beat it.",
        ),
        "memory": (
            _over_megapixels(document, "memory_mb", "peak memory of the process, MB"),
            "Peak resident memory of a process that runs nothing else, libraries included.",
        ),
    }
    if attention_times(document):
        found["attention"] = (
            _attention(document),
            f"Median latency at {attention_size(document)} without HOP blocks, and with them at each window. The "
            "percentage is the blocks' share.",
        )
    return found


def svg(figure: Figure) -> str:
    """Return a figure as an SVG element for a page."""
    out = io.StringIO()
    with rc_context({"svg.hashsalt": "report"}):  # the same figure gives the same text
        figure.savefig(out, format="svg", metadata={"Date": None}, bbox_inches="tight")
    opening, rest = re.search(r"(<svg[^>]*>)(.*)", out.getvalue(), re.DOTALL).groups()
    return re.sub(r' (width|height)="[^"]*"', "", opening) + rest


def _over_megapixels(document: Document, column: str, title: str, limit: bool = False) -> Figure:
    rows = [row for row in first_network(document) if not row["error"]]
    batch = min((row["batch"] for row in rows), default=1)
    rows = sorted((row for row in rows if row["batch"] == batch), key=_megapixels)
    figure = Figure(figsize=(9, 5))
    axes = figure.add_subplot()
    for name in dict.fromkeys(map(label, rows)):
        line = [row for row in rows if label(row) == name]
        x, y = zip(*((_megapixels(row), row[column]) for row in line), strict=True)
        style = STYLES[line[0]["precision"]]
        axes.plot(x, y, style, label=name, color=COLORS[line[0]["format"]], markersize=5, linewidth=1.4)
    limits: dict[float, float] = {}
    for row in rows if limit else ():
        if row["limit_ms"]:  # differs a little between turns
            limits[_megapixels(row)] = min(row["limit_ms"], limits.get(_megapixels(row), row["limit_ms"]))
    if limits:
        marker = "_" if len(limits) == 1 else ""
        axes.plot(list(limits), list(limits.values()), f"k{marker}--", label="matrix product limit")
    sizes = {_megapixels(row): f"{row['height']}x{row['width']}" for row in rows}
    axes.set(xscale="log", yscale="log", ylabel=title)
    axes.set_xlabel("megapixels of the photo" + (f", {batch} per run" if batch > 1 else ""))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(list(sizes), [f"{x:.2f}\n{size}" for x, size in sizes.items()])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(True, which="both", alpha=0.25)
    if rows:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9)
    return figure


def _attention(document: Document) -> Figure:
    attention = attention_times(document)
    windows = sorted({side for times in attention.values() for side in times})
    figure = Figure(figsize=(9, 4))
    axes = figure.add_subplot()
    width = 0.8 / len(windows)
    for i, side in enumerate(windows):
        there = [(x, times) for x, times in enumerate(attention.values()) if side in times]
        bars = axes.bar(
            [x + width * (i - (len(windows) - 1) / 2) for x, _ in there],
            [times[side] for _, times in there],
            width,
            color=WINDOW_COLORS[i % len(WINDOW_COLORS)],
            label=f"window {side}" if side else "without HOP",
        )
        shares = [f"{(times[side] - times[0]) / times[side]:.0%}" if side else "" for _, times in there]
        axes.bar_label(bars, shares, fontsize=9, padding=2)
    axes.set_xticks(range(len(attention)), list(attention))
    axes.set_ylabel(f"median latency at {attention_size(document)}, ms")
    axes.grid(True, axis="y", alpha=0.25)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return figure


def _megapixels(row: Row) -> float:
    return row["height"] * row["width"] / 1e6
