"""The figures of a report."""

import io
import re

from hop_tf.benchmarks.latency.report.tables import attention_size, attention_times, label

COLOURS = {
    "keras": "#d62728",
    "saved_model": "#ff7f0e",
    "onnx": "#1f77b4",
    "onnx_cuda": "#17becf",
    "tflite": "#2ca02c",
    "openvino": "#9467bd",
    "tensorrt": "#7f7f7f",
}
STYLES = {"float32": "o-", "float16": "s--", "bfloat16": "^-.", "int8": "D:", "int8_dynamic": "v:", "": "P-"}
WINDOW_COLOURS = ("#bbbbbb", "#9ecae1", "#4292c6", "#084594", "#08306b", "#041f4a")


def figures(document):
    """The figures that a report has something to show in.

    Returns:
        dict from name, "latency", "memory" and "attention", to (`matplotlib.figure.Figure`, str that describes it).
    """
    found = {
        "latency": (
            _against_megapixels(document, "median_ms", "median latency, ms", limit=True),
            "Latency by megapixels, both logarithmic; the dashed black line is the time that the network's "
            "multiply-adds take at the rate of float32 matrix products that took turns with the rows. "
            "Lower is better; in less than float32 it can be passed.",
        ),
        "memory": (
            _against_megapixels(document, "memory_mb", "peak memory of the process, MB"),
            "Peak resident memory of a process that runs nothing else, its libraries included.",
        ),
    }
    if attention_times(document):
        found["attention"] = (
            _attention(document),
            f"Median latency at {attention_size(document)} without HOP blocks, and with them at each window; in "
            "percent, what the blocks take of it.",
        )
    return found


def svg(figure):
    """A figure as an SVG element to put into a page."""
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "report"}):  # the same picture gives the same text
        figure.savefig(out, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", _element(out)))


def _element(out):
    text = out.getvalue()
    return text[text.index("<svg") :]


def _against_megapixels(document, column, title, limit=False):
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

    first = document["networks"][0]["name"]
    rows = [row for row in document["rows"] if row["network"] == first and not row["error"]]
    batch = min((row["batch"] for row in rows), default=1)
    rows = sorted((row for row in rows if row["batch"] == batch), key=_megapixels)
    figure = Figure(figsize=(9, 5))
    axes = figure.add_subplot()
    for name in dict.fromkeys(map(label, rows)):
        line = [row for row in rows if label(row) == name]
        style = {"color": COLOURS[line[0]["format"]], "markersize": 5, "linewidth": 1.4}
        axes.plot(
            [_megapixels(row) for row in line],
            [row[column] for row in line],
            STYLES[line[0]["precision"]],
            label=name,
            **style,
        )
    if limit:
        limits = {}
        for row in rows:
            if row["limit_ms"]:  # turns of the same size differ a little
                limits[_megapixels(row)] = min(row["limit_ms"], limits.get(_megapixels(row), row["limit_ms"]))
        style = "k_--" if len(limits) == 1 else "k--"
        if limits:
            axes.plot(list(limits), list(limits.values()), style, label="matrix product limit")
    sizes = {_megapixels(row): f"{row['height']}x{row['width']}" for row in rows}
    axes.set(xscale="log", yscale="log", ylabel=title)
    axes.set_xlabel("megapixels of the photo" + (f", {batch} in one run" if batch > 1 else ""))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(list(sizes), [f"{x:.2f}\n{size}" for x, size in sizes.items()])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(True, which="both", alpha=0.25)
    if rows:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9)
    return figure


def _attention(document):
    from matplotlib.figure import Figure

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
            color=WINDOW_COLOURS[i % len(WINDOW_COLOURS)],
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


def _megapixels(row):
    return row["height"] * row["width"] / 1e6
