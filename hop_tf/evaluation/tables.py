"""Scores as tables, as CSV and as the content of a JSON file."""

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hop_tf.evaluation.optional import import_late
from hop_tf.evaluation.scoring import MatteFile, Result, mean_scores

if TYPE_CHECKING:
    from rich.table import Table

DIGITS = {"SAD": 3, "MSE": 5, "Grad": 3, "Conn": 3}
RANK_DIGITS = 2

#: A rule of hyphens under the heading and between sections, no other lines; see `rich.box`.
RULES = "    \n    \n -- \n    \n -- \n -- \n    \n    \n"

WIDEST = 10_000  # columns; a narrow terminal wraps long lines, where rich would cut the cells

ByMethod = Mapping[str, Mapping[str, Sequence[Result[MatteFile]]]]


def by_method(results: Iterable[Result[MatteFile]]) -> dict[str, dict[str, list[Result[MatteFile]]]]:
    """Sort results: `{method: {trimap set: results}}`."""
    sorted_results: dict[str, dict[str, list[Result[MatteFile]]]] = {}
    for result in results:
        sets = sorted_results.setdefault(result.task.method, {})
        sets.setdefault(result.task.trimap_set, []).append(result)
    return sorted_results


def means(results: Iterable[Result]) -> dict[str, float]:
    """Return the mean of each measure."""
    return mean_scores(result.scores for result in results)


def pictures_table(results: Sequence[Result[MatteFile]]) -> "Table":
    """Return a table of the scores of each picture, with their mean."""
    rows = [[result.task.picture.name, *_rounded(result.scores)] for result in results]
    return _table(["image"], DIGITS, [rows, [[f"mean of {len(rows)}", *_rounded(means(results))]]])


def means_table(sorted_results: ByMethod) -> "Table":
    """Return a table of the mean scores of each method, a section for each kind of trimap."""
    sets = list(next(iter(sorted_results.values())))
    sections = [
        [
            [*([name] if name else []), method, str(len(of_method[name])), *_rounded(means(of_method[name]))]
            for method, of_method in sorted_results.items()
        ]
        for name in sets
    ]
    return _table([*(["trimap"] if sets != [""] else []), "method"], ["images", *DIGITS], sections)


def ranks_table(ranks: Mapping[str, Mapping[str, Mapping[str, float]]]) -> "Table":
    """Return a table of what `rank_table` returns; the method with the lowest overall rank comes first."""
    order = sorted(ranks["overall"], key=lambda method: ranks["overall"][method]["mean"])
    sections = [
        [[name, method, *(f"{rank:.{RANK_DIGITS}f}" for rank in of_set[method].values())] for method in order]
        for name, of_set in ranks.items()
    ]
    return _table(["average rank", "method"], [*DIGITS, "mean"], sections)


def print_table(table: "Table") -> None:
    """Print a table to stdout: bold headings on a terminal, plain text in a pipe, never truncated."""
    console = import_late("rich.console").Console(file=sys.stdout, width=WIDEST, highlight=False)
    console.print(table)


def as_csv(results: Iterable[Result[MatteFile]]) -> str:
    """Return the text of a CSV file: method, trimap, image and the unrounded scores of each matte."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["method", "trimap", "image", *DIGITS])
    for task, scores, _ in results:
        writer.writerow([task.method, task.trimap_set, task.picture.name, *(scores[name] for name in DIGITS)])
    return out.getvalue()


def as_json(sorted_results: ByMethod, ranks: Mapping | None = None) -> dict:
    """Return the unrounded scores of each picture and their means.

    For one method and one kind of trimap the keys are `images` and `mean`. Otherwise `methods` holds such a dict for
    each method and trimap set, and `ranks`, if there are several methods, holds their ranks.
    """
    content = {
        method: {
            name: {
                "images": {result.task.picture.name: result.scores for result in results},
                "mean": means(results),
            }
            for name, results in sets.items()
        }
        for method, sets in sorted_results.items()
    }
    if len(content) == 1 and list(next(iter(content.values()))) == [""]:
        return content.popitem()[1][""]
    return {"methods": content, **({"ranks": ranks} if ranks else {})}


def _rounded(scores):
    return [f"{scores[name]:.{digits}f}" for name, digits in DIGITS.items()]


def _table(texts, numbers, sections):
    """Build a table: text columns flush left, number columns flush right, a rule above each section of rows."""
    box, text, table = (import_late(f"rich.{name}") for name in ("box", "text", "table"))
    result = table.Table(box=box.Box(RULES, ascii=True), show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in texts:
        result.add_column(heading, no_wrap=True)
    for heading in numbers:
        result.add_column(heading, justify="right", no_wrap=True)
    for rows in sections:
        for row in rows:
            result.add_row(*map(text.Text, row))  # a method's name may hold brackets, which are rich's markup
        result.add_section()
    return result
