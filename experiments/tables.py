"""Tables of mean scores in Markdown, as the paper prints them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hop_tf.pictures.atomic_write import atomic_write

#: Heading of each measure's column, the factor its scores are multiplied by, and the number of digits.
COLUMNS = {"SAD": ("SAD", 1, 2), "MSE": ("MSE x 10^-3", 1000, 1), "Grad": ("Grad", 1, 2), "Conn": ("Conn", 1, 2)}
HEADINGS = tuple(heading for heading, _, _ in COLUMNS.values())


def cells(means: Mapping[str, float]) -> dict[str, str]:
    """Return mean scores as the paper prints them: `{heading: text}`."""
    return {heading: f"{means[name] * factor:.{digits}f}" for name, (heading, factor, digits) in COLUMNS.items()}


def markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """Return a Markdown table of rows `{heading: text}` with the same headings."""
    headings = list(rows[0])
    lines = [headings, ["---"] * len(headings), *([row[heading] for heading in headings] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(path: Path, text: str, document: Mapping) -> None:
    """Write a table to `path` and its unrounded numbers to a JSON file of the same name."""
    for target, content in ((path, text), (path.with_suffix(".json"), json.dumps(document, indent=1) + "\n")):
        with atomic_write(target) as temporary:
            temporary.write_text(content)
