"""The figures of a report, as SVG with the data behind them."""

import dataclasses
import io
import re
from collections.abc import Mapping, Sequence

from matplotlib import rc_context
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from hop_tf.benchmarks.latency.report.document import Document
from hop_tf.benchmarks.latency.report.table import Table, number
from hop_tf.benchmarks.latency.report.tables import Row, by_size, label, megapixels, size_name
from hop_tf.benchmarks.latency.rows import RUNTIMES

COLORS = dict(zip(RUNTIMES, ("C3", "C1", "C0", "C9", "C2", "C4", "C7"), strict=True))
MARKERS = {"float32": "o-", "float16": "s--", "bfloat16": "^-.", "int8": "D:", "int8_dynamic": "v:", "": "P-"}
INK = "#010203"  # stands for the color of the page's text
COLORED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "grid.color")
STYLE = {
    **dict.fromkeys(COLORED, INK),
    "svg.fonttype": "none",
    "svg.hashsalt": "report",  # the same figure gives the same text
    "font.family": "sans-serif",
    "font.size": 9,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
COLORS_OF_FILE = "<style>svg{color:#1b1b1b}@media(prefers-color-scheme:dark){svg{color:#ddd}}</style>"
Points = Sequence[tuple[float, float]]


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure: SVG in the color of its page's text, its description, and the data behind it."""

    svg: str
    text: str
    data: Table

    def file(self) -> str:
        """Return the SVG as a file of its own, readable on light and on dark pages."""
        return self.svg.replace(">", f">{COLORS_OF_FILE}", 1)


def figures(document: Document) -> dict[str, Figure]:
    """Draw "latency", "memory" and, if they were measured, "accuracy" and "streams"."""
    groups = by_size(document)
    batch = min((rows[0]["batch"] for rows in groups), default=1)
    groups = [rows for rows in groups if rows[0]["batch"] == batch]
    rows = [row for group in groups for row in group]
    if not rows:
        return {}
    limits = {megapixels(row): row["limit_ms"] for row in rows if row["limit_ms"]}
    x, largest = "megapixels" if batch == 1 else f"megapixels of {batch} photos", groups[-1]
    found = {
        "latency": _draw(
            [(row, [(megapixels(row), row["median_ms"])]) for row in rows],
            {"matrix product limit": sorted(limits.items())},
            (x, "median latency, ms"),
            "Latency over megapixels, both logarithmic; lower is better. Dashed: the time that the network's "
            "multiply-adds take at the rate of float32 matrix products that took turns with the rows; lower precisions "
            "can beat it.",
        ),
        "memory": _draw(
            [(row, [(megapixels(row), row["memory_mb"] / 1e3)]) for row in rows],
            {},
            (x, "peak memory, GB"),
            "Peak resident memory of a process that runs nothing else, libraries included.",
        ),
    }
    counts = document["pictures"]["count"]
    # the largest of the sizes with the most pictures
    surest = max(groups, key=lambda rows: (counts["{height}x{width}".format(**rows[0])], megapixels(rows[0])))
    if scored := [row for row in surest if row["sad"] is not None]:
        front = [row for i, row in enumerate(scored) if row["sad"] < min((r["sad"] for r in scored[:i]), default=1e9)]
        found["accuracy"] = _draw(
            [(row, [(row["median_ms"], row["sad"])]) for row in scored],
            {"Pareto front": [(row["median_ms"], row["sad"]) for row in front]},
            (f"median latency at {size_name(surest[0])}, ms (logarithmic)", "SAD"),
            f"Accuracy against latency at {size_name(surest[0])}: the lower left is better. The dashed line is the "
            "Pareto front; no row is both faster and more accurate than one on it.",
            log="x",
        )
    if streamed := [row for row in largest if row["streams"]]:
        found["streams"] = _draw(
            [(row, [(x["photos_per_s"], x["median_ms"]) for x in row["streams"]]) for row in streamed],
            {},
            ("photos per second", "median latency, ms"),
            f"Latency against throughput at {size_name(largest[0])} with "
            f"{', '.join(str(x['streams']) for x in streamed[0]['streams'])} photos at once; lower right is better.",
        )
    return found


def _draw(
    rows: list[tuple[Row, Points]], dashed: Mapping[str, Points], names: tuple[str, str], text: str, log: str = "xy"
) -> Figure:
    """Draw a line for each format and precision, whose points may come from several rows, and dashed lines."""
    lines: dict[str, tuple[dict, list]] = {}
    for row, points in rows:
        marker, line = MARKERS[row["precision"]][0], MARKERS[row["precision"]][1:]
        style = {"marker": marker, "ls": line, "color": COLORS[row["format"]], "ms": 4, "lw": 1.2}
        lines.setdefault(label(row), (style, []))[1].extend(points)
    lines |= {
        name: ({"marker": "_", "ls": "--", "color": INK, "lw": 1}, points) for name, points in dashed.items() if points
    }
    out = io.StringIO()
    with rc_context(STYLE):
        drawing = Drawing(figsize=(4.4, 3.3))
        axes = drawing.add_subplot(xlabel=names[0], ylabel=names[1])
        for name, (style, points) in lines.items():
            axes.plot(*zip(*points, strict=True), label=name, **style)
        for name in log:
            axis = getattr(axes, f"{name}axis")
            axes.set(**{f"{name}scale": "log"})
            low, high = getattr(axes, f"get_{name}lim")()
            ticks = (1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 4, 5, 6, 8)  # two would look linear
            axis.set(major_locator=LogLocator(subs=ticks), minor_locator=NullLocator(), minor_formatter=NullFormatter())
            axis.set_major_formatter("{x:g}")
        axes.grid(True, alpha=0.2)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, fontsize=8)
        drawing.savefig(out, format="svg", metadata={"Date": None}, bbox_inches="tight", transparent=True)
    opening, rest = re.search(r"(<svg[^>]*>)(.*)", out.getvalue(), re.DOTALL).groups()
    svg = re.sub(r' (width|height)="[^"]*"', "", opening) + rest.replace(INK, "currentColor")
    data = [{"": n, names[0]: number(x), names[1]: number(y)} for n, (_, points) in lines.items() for x, y in points]
    return Figure(svg, text, Table(text, data))
