"""Every table between two `<!-- scores -->` marks quotes benchmarks/results/scores.csv."""

import csv
import re

import pytest

from helpers.goldens import ROOT

MARK = "<!-- scores -->"
MEASURES = ("SAD", "MSE", "Grad", "Conn")
PUBLISHED = list(csv.DictReader((ROOT / "benchmarks/results/scores.csv").open()))
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), ROOT / "hop_tf/weights/README.md"]
MARKED = [page for page in PAGES if MARK in page.read_text()]


def published(text):
    """Return the row of the CSV file that the words of a table's row name."""
    method = next(row["method"] for row in PUBLISHED if row["method"] in text)
    options = "tta" if "--tta" in text else ""
    trimap = "trimap1" if re.search("trimap1|narrow", text) else "trimap2"
    (row,) = (row for row in PUBLISHED if (row["method"], row["options"], row["trimap"]) == (method, options, trimap))
    return row


def rows_between_marks(text):
    """Yield the words and the numbers, `{measure: text}`, of each row of the marked tables."""
    for part in text.split(MARK)[1::2]:
        tables = re.findall(r"(?:^\|.*\n)+", part, re.M)
        assert tables
        for table in tables:
            heading, _, *rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines()]
            for row in rows:
                cells = dict(zip(heading, row, strict=False))
                words = " ".join(cell for name, cell in cells.items() if name not in MEASURES)
                words += "" if "method" in heading else " HOP-TF"
                yield words, {measure: cells[measure] for measure in MEASURES if cells.get(measure)}


@pytest.mark.parametrize("page", MARKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_tables_quote_the_published_scores(page):
    rows = list(rows_between_marks(page.read_text()))
    assert rows
    for words, numbers in rows:
        assert numbers, words
        for measure, number in numbers.items():
            digits = len(number.partition(".")[2])
            assert number == f"{float(published(words)[measure]):.{digits}f}", (words, measure)


@pytest.mark.parametrize("page", ["README.md", "docs/evaluation.md", "hop_tf/weights/README.md"])
def test_pages_with_scores_are_marked(page):
    assert ROOT / page in MARKED


def test_no_row_is_published_twice():
    keys = [(row["method"], row["weights"], row["options"], row["test_set"], row["trimap"]) for row in PUBLISHED]
    assert len(keys) == len(set(keys)) > 0
