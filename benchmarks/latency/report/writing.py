"""Write a report as JSON, CSV, Markdown, a self-contained page and figures, and print its tables."""

import csv
import json
import os
from pathlib import Path

import jinja2
from rich.console import Console
from rich.text import Text

from hop_tf.benchmarks.latency.report.document import COLUMNS, Document
from hop_tf.benchmarks.latency.report.figures import figures
from hop_tf.benchmarks.latency.report.tables import machine_lines, not_run, tables
from hop_tf.pictures.atomic_write import atomic_write

PAGE = Path(__file__).with_name("report.html")
MACHINE = ("cpu", "processors", "gpu", "driver", "versions")
EXPLANATION = (
    "Latency: one run, NumPy arrays in and out. Speed: how many times as fast as Keras in float32. Memory: peak of a "
    "process of its own. Difference: mean and largest of alpha from Keras in float32, on {count} pictures."
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
    title = f"Latency of {document['networks'][0]['name']}"
    shown = {
        "busy": f"The machine was busy: {', '.join(document['busy'])}. Do not rely on the numbers."
        * bool(document["busy"]),
        "explanation": EXPLANATION.format(**document["pictures"]),
        "not_run": not_run(document),
        "machine": machine_lines(document),
    }
    template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(PAGE.read_text())
    choice, *others = tables(document)
    page = template.render(title=title, choice=choice, tables=others, figures=drawn, columns=COLUMNS, **shown)
    with atomic_write(folder / "report.html") as path:
        path.write_text(page + "\n")
    with atomic_write(folder / "report.md") as path:
        path.write_text(_markdown(title, [choice, *others], drawn, **shown))


def _markdown(title, tables, drawn, busy, explanation, not_run, machine) -> str:
    """Return the same as the page, in Markdown."""
    texts = {name: ["\n".join(f"- {k}: {v}" for k, v in lines.items())] for name, lines in (
        ("Not run", not_run), ("Machine and method", machine)) if lines}  # fmt: skip
    sections = {table.title: [table.markdown(), *table.notes] for table in tables} | texts
    pictures = [f"![{figure.text}]({name}.svg)" for name, figure in drawn.items()]
    lines = [f"# {title}", busy and f"**{busy}**", explanation]
    for i, (heading, paragraphs) in enumerate(sections.items()):
        lines += [f"## {heading}", *paragraphs, *(pictures if not i else ())]
    return "\n\n".join(filter(None, lines)) + "\n"


def console() -> Console:
    """Return the terminal, without a limit on the width of lines in a file or pipe."""
    found = Console(highlight=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = 1000
    return found


def show(document: Document) -> None:
    """Print the tables of a report on the terminal."""
    terminal = console()
    for table in tables(document):
        table.show(terminal)
    lines = [f"not run: {reason}: {rows}" for reason, rows in not_run(document).items()]
    terminal.print(*(Text(line) for line in lines + [f"the machine was busy: {x}" for x in document["busy"]]), sep="\n")
