"""A table of text, for terminal, Markdown and HTML."""

import dataclasses

import rich.table
from rich.console import Console
from rich.text import Text


@dataclasses.dataclass(frozen=True)
class Table:
    """A titled table.

    Attributes:
        title: its title.
        rows: the rows, each {column: cell} with the same columns.
        notes: lines below it.
        details: columns that a terminal has no room for.
    """

    title: str
    rows: list[dict[str, str]]
    notes: list[str] = dataclasses.field(default_factory=list)
    details: tuple[str, ...] = ()

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return list(self.rows[0]) if self.rows else []

    def markdown(self) -> str:
        """Return the table in Markdown, without title and notes."""
        lines = [self.header, ["---", *["---:"] * (len(self.header) - 1)], *(row.values() for row in self.rows)]
        return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)

    def show(self, console: Console) -> None:
        """Print the table with title and notes."""
        drawn = rich.table.Table(title=Text(self.title), title_justify="left", box=None, pad_edge=False)
        shown = [name for name in self.header if name not in self.details]
        for i, name in enumerate(shown):
            drawn.add_column(Text(name), justify="right" if i else "left", no_wrap=not i)
        for row in self.rows:
            drawn.add_row(*(Text(row[name]) for name in shown))
        console.print(drawn, *(Text(note, style="yellow") for note in self.notes), "", sep="\n")


def number(x: float | None) -> str:
    """Format a measured number with its significant digits: 0.123, 1.23, 12.3, 123, 1234."""
    return "" if x is None else f"{x:.{3 if x < 1 else 2 if x < 10 else 1 if x < 100 else 0}f}"
