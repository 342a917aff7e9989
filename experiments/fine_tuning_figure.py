"""The figure of `python -m experiments fine-tuning`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hop_tf.errors import UserError, install_hint

#: {setting: label} of the rows, from top to bottom.
LABELS = {
    "before": "bundled weights",
    "drawn": "no cut-outs",
    "5": "5 cut-outs",
    "20": "20 cut-outs",
    "80": "80 cut-outs",
    "seed_1": "80, other seed",
    "long": "80, 3 times the steps",
    "rate_1e-4": "80, rate 1e-4",
    "rate_1e-5": "80, rate 1e-5",
    "masks": "80, cut out by masks",
    "no_drawn": "80, no drawn foregrounds",
    "frozen_encoders": "80, encoders frozen",
    "batch_norm": "80, BatchNorm trains",
}
GREY, BLUE = "#8a8a8a", "#1f6f78"


def draw_figure(rows: Sequence[Mapping[str, str]], output: Path) -> None:
    """Draw how each setting changes SAD, on the new kind of object and on the test set.

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

    rows = sorted((row for row in rows if row["setting"] in LABELS), key=lambda row: list(LABELS).index(row["setting"]))
    labels = [LABELS[row["setting"]] for row in rows]
    colours = [GREY if row["setting"] == "before" else BLUE for row in rows]
    change = [float(row["ratio"]) for row in rows], [2 * float(row["ratio_error"]) for row in rows]
    panels = [("SAD on combs, wicker and grids", *change)]
    if all(row["test_set_SAD"] for row in rows):
        first = float(rows[0]["test_set_SAD"])
        panels.append(("SAD on other photos", [float(row["test_set_SAD"]) / first for row in rows], None))

    # Text stays text, and equal numbers give equal files.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "hop-tf", "font.size": 9}):
        figure = Figure(figsize=(8, 0.8 + 0.28 * len(rows)), layout="constrained")
        axes_of_panels = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (title, values, errors) in zip(axes_of_panels, panels, strict=True):
            axes.barh(labels, values, xerr=errors, color=colours, error_kw={"linewidth": 1})
            axes.axvline(1, color="black", linewidth=0.6)
            axes.set(title=title, xlabel="ratio to the bundled weights")
            axes.spines[["top", "right"]].set_visible(False)
        axes_of_panels[0].invert_yaxis()
        figure.savefig(output, metadata={"Date": None})
