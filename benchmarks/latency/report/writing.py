"""Writes a report: JSON, CSV, Markdown, a self-contained page and its figures; and prints it."""

import os
from pathlib import Path

from hop_tf.benchmarks.latency.report import document as documents
from hop_tf.benchmarks.latency.report.plots import figures, svg
from hop_tf.benchmarks.latency.report.tables import machine_lines, not_run, tables
from hop_tf.benchmarks.latency.rows import COLUMNS
from hop_tf.pictures.atomic_write import atomic_write

PAGE = Path(__file__).with_name("page.html")
EXPLANATION = (
    "Milliseconds of one run, NumPy arrays in and out. Speed: how many times as fast as Keras in float32. Memory: "
    "peak of a process of its own. Difference: largest of alpha to Keras in float32, on one photo."
)


def write(document, folder):
    """Writes report.json, report.csv, report.md, report.html, latency.png and memory.png, and attention.png if windows
    were compared; each appears whole or not at all.

    Args:
        document: from `document.build`.
        folder: path of a folder that exists.
    """
    folder = Path(folder)
    for name, write_rows in (("report.json", documents.write_json), ("report.csv", documents.write_csv)):
        with atomic_write(folder / name) as path:  # first: a figure that fails costs nothing that was measured
            write_rows(document, path)
    drawn = figures(document)
    for name, (figure, _) in drawn.items():
        with atomic_write(folder / f"{name}.png") as path:
            figure.savefig(path, dpi=120, bbox_inches="tight", metadata={"Software": None})
    for name, text_of in (("report.md", markdown), ("report.html", page)):
        with atomic_write(folder / name) as path:
            path.write_text(text_of(document, drawn))


def title(document):
    """The heading of a report."""
    return f"Latency of {document['networks'][0]['name']}"


def markdown(document, drawn):
    """The report as Markdown, its figures beside it: str."""
    parts = [f"# {title(document)}", EXPLANATION]
    parts.append("\n".join(_markdown_row(line) for line in [("", ""), ("---", "---"), *_commanded(document)]))
    parts += [f"![{text}]({name}.png)" for name, (_, text) in drawn.items()]
    for table in tables(document):
        rule = ["---"] + ["---:"] * (len(table.header) - 1)
        lines = [_markdown_row(cells) for cells in (table.header, rule, *table.cells)]
        parts += [f"## {table.title}", "\n".join(lines), *table.notes]
    if reasons := not_run(document):
        parts += ["## Not run", "\n".join(f"- {reason}: {'; '.join(rows)}" for reason, rows in reasons.items())]
    return "\n\n".join(parts) + "\n"


def page(document, drawn):
    """The report as HTML that needs no other file: str."""
    import jinja2

    template = jinja2.Environment(autoescape=True).from_string(PAGE.read_text())
    return template.render(
        title=title(document),
        lines=[("columns", EXPLANATION), *machine_lines(document)],
        figures={name: (svg(figure), text) for name, (figure, text) in drawn.items()},
        tables=tables(document),
        not_run=not_run(document),
        columns=COLUMNS,
    )


def show(document):
    """Prints the tables of a report."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 1000  # into a file or a pipe nothing is cut
    for table in tables(document):
        drawn = Table(title=Text(table.title), title_justify="left", box=None, pad_edge=False)
        shown = [i for i, name in enumerate(table.header) if name not in table.details]
        for i in shown:
            drawn.add_column(Text(table.header[i]), justify="right" if i else "left", no_wrap=not i)
        for cells in table.cells:
            drawn.add_row(*(Text(cells[i]) for i in shown))
        console.print(drawn)
        for note in table.notes:
            console.print(Text(note, style="yellow"))
        console.print()
    for reason, rows in not_run(document).items():
        console.print(Text(f"not run: {reason}: {'; '.join(rows)}"))


def _commanded(document):
    return [(what, f"`{value}`" if what == "command" else value) for what, value in machine_lines(document)]


def _markdown_row(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
