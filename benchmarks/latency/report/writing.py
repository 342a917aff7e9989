"""Write a report as JSON, CSV, Markdown, a self-contained page and figures, and print its tables."""

import csv
import json
import os
from pathlib import Path

import jinja2
from rich.console import Console
from rich.text import Text

from hop_tf.benchmarks.latency.report.choices import choices
from hop_tf.benchmarks.latency.report.document import COLUMNS, Document
from hop_tf.benchmarks.latency.report.figures import figures
from hop_tf.benchmarks.latency.report.tables import machine_lines, not_run, picture_count, profiles, tables
from hop_tf.pictures.atomic_write import atomic_write

PAGE = Path(__file__).with_name("report.html")
MACHINE = ("cpu", "processors", "gpu", "driver", "versions")
EXPLANATION = (
    "Latency: one run, NumPy arrays in and out. Speed: how many times as fast as Keras in float32. Memory: peak of a "
    "process of its own. Difference: mean and largest of alpha from Keras in float32, over all pixels of {}; "
    "SAD counts unknown pixels only. x limit: latency in units of the matrix product limit, the time that "
    "the network's multiply-adds take at the rate of a float32 matrix product."
)


def write(document: Document, folder: str | Path) -> None:
    """Write report.json, .csv, .md and .html and the figures as SVG; each file appears whole or not at all.

    Args:
        document: from `build_document`.
        folder: a folder that exists.
    """
    folder = Path(folder)
    # first the numbers: a figure that fails must not lose them
    with atomic_write(folder / "report.json") as path:
        path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
    with atomic_write(folder / "report.csv") as path, open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *MACHINE])
        writer.writeheader()
        for row in document["rows"]:
            cells = row | {name: document["machine"][name] for name in MACHINE}
            writer.writerow({k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in cells.items()})
    drawn = figures(document)
    for name, figure in drawn.items():
        with atomic_write(folder / f"{name}.svg") as path:
            path.write_text(figure.file())
    busy = f"The machine was busy: {', '.join(document['busy'])}. Do not rely on the numbers."
    shown = {
        "title": f"Latency of {document['networks'][0]['name']}",
        "busy": busy if document["busy"] else "",
        "choice": choices(document),
        "figures": drawn,
        "explanation": EXPLANATION.format(picture_count(document)),
        "tables": tables(document),
        "not_run": not_run(document),
        "machine": machine_lines(document),
        "profiles": profiles(document),
    }
    page = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(PAGE.read_text())
    for name, text in (("report.html", page.render(columns=COLUMNS, **shown)), ("report.md", _markdown(**shown))):
        with atomic_write(folder / name) as path:
            path.write_text(text.rstrip() + "\n")


def _markdown(title, busy, choice, figures, explanation, tables, not_run, machine, profiles) -> str:
    """Return the same as the page, in Markdown."""

    def section(heading, *paragraphs):
        return [f"## {heading}", *paragraphs] if any(paragraphs) else []

    def section_of(table):
        return section(table.title, table.markdown(), *table.notes)

    pictures = [f"![{figure.text}]({name}.svg)" for name, figure in figures.items()]
    lines = [f"# {title}", f"**{busy}**" if busy else "", *section_of(choice), *pictures, explanation]
    for table in tables:
        lines += section_of(table)
    for heading, found in (("Not run", not_run), ("Machine and method", machine)):
        lines += section(heading, "\n".join(f"- {name}: {text}" for name, text in found.items()))
    for table in profiles:
        lines += section_of(table)
    return "\n\n".join(filter(None, lines))


def console() -> Console:
    """Return the terminal, without a limit on the width of lines in a file or pipe."""
    found = Console(highlight=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = 1000
    return found


def show(document: Document) -> None:
    """Print the tables of a report on the terminal."""
    terminal = console()
    for table in (choices(document), *tables(document), *profiles(document)):
        table.show(terminal)
    lines = [f"not run: {rows}: {reason}" for rows, reason in not_run(document).items()]
    terminal.print(*(Text(line) for line in lines + [f"the machine was busy: {x}" for x in document["busy"]]), sep="\n")
