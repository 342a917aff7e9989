"""Write a report as JSON, CSV, Markdown, a self-contained page and figures, and print its tables."""

import os
from pathlib import Path

import jinja2
import rich.table
from rich.console import Console
from rich.text import Text

from hop_tf.benchmarks.latency.report import document as documents
from hop_tf.benchmarks.latency.report.figures import figures, svg
from hop_tf.benchmarks.latency.report.tables import machine_lines, not_run, tables
from hop_tf.benchmarks.latency.rows import COLUMNS
from hop_tf.pictures.atomic_write import atomic_write

EXPLANATION = (
    "Milliseconds of one run, NumPy arrays in and out. Speed: how many times as fast as Keras in float32. Memory: "
    "peak of a process of its own. Difference: largest of alpha from Keras in float32, on one photo."
)


def write(document: documents.Document, folder: str | Path) -> None:
    """Write report.json, .csv, .md and .html and the figures as PNG; each file appears whole or not at all.

    Args:
        document: from `build_document`.
        folder: a folder that exists.
    """
    folder = Path(folder)
    # first the numbers: a figure that fails must not lose them
    for name, write_rows in (("report.json", documents.write_json), ("report.csv", documents.write_csv)):
        with atomic_write(folder / name) as path:
            write_rows(document, path)
    drawn = figures(document)
    for name, (figure, _) in drawn.items():
        with atomic_write(folder / f"{name}.png") as path:
            figure.savefig(path, dpi=120, bbox_inches="tight", metadata={"Software": None})
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=lambda name: name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in ("report.md", "report.html"):
        page = environment.get_template(name).render(
            title=f"Latency of {document['networks'][0]['name']}",
            explanation=EXPLANATION,
            lines=machine_lines(document),
            figures={name: (svg(figure), text) for name, (figure, text) in drawn.items()},
            tables=tables(document),
            not_run=not_run(document),
            columns=COLUMNS,
        )
        with atomic_write(folder / name) as path:
            path.write_text(page)


def show(document: documents.Document) -> None:
    """Print the tables of a report on the terminal."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 1000  # cut nothing in a file or pipe
    for table in tables(document):
        drawn = rich.table.Table(title=Text(table.title), title_justify="left", box=None, pad_edge=False)
        shown = [i for i, name in enumerate(table.header) if name not in table.details]
        for i in shown:
            drawn.add_column(Text(table.header[i]), justify="right" if i else "left", no_wrap=not i)
        for cells in table.cells:
            drawn.add_row(*(Text(cells[i]) for i in shown))
        console.print(drawn, *(Text(note, style="yellow") for note in table.notes), "", sep="\n")
    for reason, rows in not_run(document).items():
        console.print(Text(f"not run: {reason}: {'; '.join(rows)}"))
