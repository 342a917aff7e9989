"""Scores as text, as CSV and as what goes into a JSON file."""

import csv
import io
import itertools

import numpy as np

DIGITS = {"SAD": 3, "MSE": 5, "Grad": 3, "Conn": 3}
RANK_DIGITS = 2


def by_method(results):
    """Sorts results: dict of method to dict of trimap set to list of `Result`."""
    sorted_results = {}
    for result in results:
        sets = sorted_results.setdefault(result.task.method, {})
        sets.setdefault(result.task.trimap_set, []).append(result)
    return sorted_results


def means(results):
    """Mean scores of a list of `Result`: dict of measure to float."""
    return {name: float(np.mean([result.scores[name] for result in results])) for name in DIGITS}


def pictures_table(results):
    """Text: the scores of each picture, and their mean."""
    rows = [[result.task.picture.name, *_rounded(result.scores)] for result in results]
    return _aligned(["image", *DIGITS], rows, [[f"mean of {len(rows)}", *_rounded(means(results))]])


def means_table(sorted_results):
    """Text: the mean scores of each method under each kind of trimap."""
    sets = list(next(iter(sorted_results.values())))
    blocks = [
        [
            [*([name] if name else []), method, str(len(of_method[name])), *_rounded(means(of_method[name]))]
            for method, of_method in sorted_results.items()
        ]
        for name in sets
    ]
    heading = [*(["trimap"] if sets != [""] else []), "method", "images", *DIGITS]
    return _aligned(heading, *blocks, texts=len(heading) - 5)


def ranks_table(ranks):
    """Text: what `rank_table` gives, the method of the lowest overall rank first."""
    order = sorted(ranks["overall"], key=lambda method: ranks["overall"][method]["mean"])
    blocks = [
        [[name, method, *(f"{rank:.{RANK_DIGITS}f}" for rank in of_set[method].values())] for method in order]
        for name, of_set in ranks.items()
    ]
    return _aligned(["average rank", "method", *DIGITS, "mean"], *blocks, texts=2)


def as_csv(results):
    """Text of a CSV file: method, trimap, image and its unrounded scores."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["method", "trimap", "image", *DIGITS])
    for task, scores, _ in results:
        writer.writerow([task.method, task.trimap_set, task.picture.name, *(scores[name] for name in DIGITS)])
    return out.getvalue()


def as_json(sorted_results, ranks=None):
    """Unrounded scores of each picture and their means, as a dict.

    Of one method under one kind of trimap: `images` and `mean`. Else such a dict for each method and trimap set in
    `methods`, and, where there are several methods, `ranks`.
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


def _aligned(heading, *blocks, texts=1):
    """Columns under their heading, blocks of rows apart by a rule; the first `texts` columns flush left."""
    widths = [max(map(len, column)) for column in zip(heading, *itertools.chain(*blocks), strict=True)]

    def line(row):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        cells[texts:] = [cell.rjust(width) for cell, width in zip(row[texts:], widths[texts:], strict=True)]
        return "  ".join(cells)

    rule = "-" * len(line(heading))
    return "\n".join([line(heading), *itertools.chain(*([rule, *map(line, block)] for block in blocks))])
