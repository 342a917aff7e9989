"""The figure of `python -m experiments fine-tuning`."""

import io
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.fine_tuning_settings import LABELS, SETTINGS
from hop_tf.errors import UserError, install_hint

INK = "#010203"  # stands for the colour of text, which is light on dark pages
COLORED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
STYLE = {
    **dict.fromkeys(COLORED, INK),
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "hop-tf",  # equal numbers give equal files
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
COLORS_OF_FILE = "<style>svg{color:#1b1b1b}@media(prefers-color-scheme:dark){svg{color:#ddd}}</style>"


def draw_figure(rows: Sequence[Mapping[str, str]], output: Path) -> None:
    """Draw the SAD of each setting as a ratio to that of the bundled weights, on the new kind and on the test set.

    The upper plots show the ratio over the number of cut-outs, the lower ones for settings that differ in other points.

    Args:
        rows: rows of the experiment's CSV file, the first that of the bundled weights; missing settings are left out.
        output: the SVG file to write.

    Raises:
        UserError: if Matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError(f"the figure needs Matplotlib: {install_hint('report')}") from error

    labelled = [name for name in LABELS if name in {row["setting"] for row in rows}]
    panels = {"combs, wicker and grids": {row["setting"]: (row["ratio"], row["ratio_error"]) for row in rows}}
    if first := rows[0]["test_set_SAD"]:
        panels["other photos"] = {row["setting"]: (float(row["test_set_SAD"]) / float(first), 0) for row in rows}
    svg = io.StringIO()
    with matplotlib.rc_context(STYLE):
        heights = [2.4, 0.5 + 0.25 * len(labelled)]
        figure = Figure(figsize=(8, sum(heights) + 0.5), layout="constrained")
        grid = figure.subplots(2, len(panels), sharey="row", squeeze=False, height_ratios=heights)
        for (title, ratios), upper, lower in zip(panels.items(), *grid, strict=True):
            ratios = {name: (float(ratio), 2 * float(error)) for name, (ratio, error) in ratios.items()}
            _draw_lines(upper, rows, ratios)
            upper.set(title=f"SAD on {title}", xlabel="cut-outs")
            _draw_bars(lower, [LABELS[name] for name in labelled], [ratios[name] for name in labelled])
            lower.set(xlabel="ratio to the bundled weights")
        grid[0][0].set(ylabel="ratio to the bundled weights")
        grid[0][0].legend()
        grid[1][0].invert_yaxis()
        figure.savefig(svg, format="svg", metadata={"Date": None}, transparent=True)
    opening, rest = svg.getvalue().replace(INK, "currentColor").split("<metadata>", 1)
    output.write_text(f"{opening}{COLORS_OF_FILE}<metadata>{rest}", encoding="utf-8")


def _draw_lines(axes, rows, ratios):
    """Draw a line for each length of the training over the number of cut-outs."""
    lines = {}
    for row in rows:
        setting = SETTINGS.get(row["setting"])
        if setting and setting.differs_in_size_only():
            lines.setdefault(int(row["steps"]), []).append((setting.cutouts, *ratios[row["setting"]]))
    for (steps, points), marker in zip(sorted(lines.items()), itertools.cycle("osD^"), strict=False):
        cutouts, values, errors = zip(*sorted(points), strict=True)
        axes.errorbar(cutouts, values, errors, marker=marker, capsize=3, label=f"{steps} steps")
    axes.axhline(1, color=INK, linewidth=0.8, linestyle="--", label="bundled weights")
    axes.set(xscale="log")
    ticks = sorted({setting.cutouts for setting in SETTINGS.values() if setting.cutouts})
    axes.set_xticks(ticks, labels=ticks)
    axes.minorticks_off()


def _draw_bars(axes, labels, ratios):
    values, errors = zip(*ratios, strict=True) if ratios else ((), ())
    axes.barh(labels, values, xerr=errors, height=0.6, error_kw={"ecolor": INK, "linewidth": 1})
    axes.axvline(1, color=INK, linewidth=0.8, linestyle="--")
