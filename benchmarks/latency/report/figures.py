"""The figures of a report."""

import io
import re

from matplotlib import colormaps, rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from hop_tf.benchmarks.latency.report.document import Document
from hop_tf.benchmarks.latency.report.tables import attention_size, attention_times, first_network, label
from hop_tf.benchmarks.latency.rows import RUNTIMES

COLORS = dict(zip(RUNTIMES, ("C3", "C1", "C0", "C9", "C2", "C4", "C7"), strict=True))
STYLES = {"float32": "o-", "float16": "s--", "bfloat16": "^-.", "int8": "D:", "int8_dynamic": "v:", "": "P-"}


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
    rows = sorted((row for row in rows if row["batch"] == batch), key=lambda row: row["height"] * row["width"])
    lines, limits, ticks = {}, {}, {}
    for row in rows:
        x = row["height"] * row["width"] / 1e6
        ticks[x] = f"{x:.2f}\n{row['height']}x{row['width']}"
        style = {
            "color": COLORS[row["format"]],
            "ls": STYLES[row["precision"]][1:],
            "marker": STYLES[row["precision"]][0],
        }
        lines.setdefault(label(row), (style, []))[1].append((x, row[column]))
        if limit and row["limit_ms"]:
            limits[x] = min(row["limit_ms"], limits.get(x, row["limit_ms"]))  # differs a little between turns
    figure = Figure(figsize=(9, 5))
    axes = figure.add_subplot(xscale="log", yscale="log", ylabel=title)
    for name, (style, points) in lines.items():
        axes.plot(*zip(*points, strict=True), label=name, markersize=5, linewidth=1.4, **style)
    if limits:
        axes.plot(
            *zip(*limits.items(), strict=True), "k_--" if len(limits) == 1 else "k--", label="matrix product limit"
        )
    axes.set_xlabel("megapixels of the photo" + (f", {batch} per run" if batch > 1 else ""))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(True, which="both", alpha=0.25)
    if lines:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9)
    return figure


def _attention(document: Document) -> Figure:
    attention = attention_times(document)
    windows = sorted({side for times in attention.values() for side in times})
    figure, nan = Figure(figsize=(9, 4)), float("nan")
    axes = figure.add_subplot(ylabel=f"median latency at {attention_size(document)}, ms")
    width = 0.8 / len(windows)
    for i, side in enumerate(windows):
        heights = [times.get(side, nan) for times in attention.values()]
        places = [x + width * (i - (len(windows) - 1) / 2) for x in range(len(attention))]
        color, name = "#bbbbbb", "without HOP"
        if side:
            color, name = colormaps["Blues"](0.2 + 0.7 * i / (len(windows) - 1)), f"window {side}"
        bars = axes.bar(places, heights, width, color=color, label=name)
        shares = [f"{1 - times[0] / times[side]:.0%}" if side in times else "" for times in attention.values()]
        axes.bar_label(bars, shares if side else [""] * len(bars), fontsize=9, padding=2)
    axes.set_xticks(range(len(attention)), list(attention))
    axes.grid(True, axis="y", alpha=0.25)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return figure
