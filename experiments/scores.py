"""`python -m experiments scores`: the published scores, a row for each method, weights, options and kind of trimap."""

import argparse
import csv
from collections.abc import Iterable
from pathlib import Path

from hop_tf.errors import UserError
from hop_tf.evaluation.metrics import MEASURES
from hop_tf.evaluation.scoring import mean_scores
from hop_tf.pictures.atomic_write import atomic_write

KEY = ("method", "weights", "options", "test_set", "trimap")
COLUMNS = (*KEY, "images", *MEASURES)
FILE = Path("benchmarks/results/scores.csv")

EPILOG = """\
Reads the scores of mattes that hop-tf evaluate --csv wrote, and adds their means to the file of published scores. A row
of the same method, weights, options, test set and kind of trimap is replaced. A test compares the tables of the
documentation with this file.

examples:
  hop-tf evaluate --dataset alphamatting alphamatting/ --tta --csv tta.csv
  python -m experiments scores tta.csv --test-set alphamatting --method HOP-TF --weights hop_s_9x9 --options tta
  hop-tf evaluate --dataset alphamatting alphamatting/ --pred "KNN matting"=mattes/ --csv knn.csv
  python -m experiments scores knn.csv --test-set alphamatting
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command and its options to the parser of `python -m experiments`."""
    parser = subparsers.add_parser(
        "scores",
        help="add scores to the file of published scores",
        description="Add the mean scores of a test set to the file of published scores.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("mattes", metavar="FILE.csv", type=Path, help="scores that hop-tf evaluate --csv wrote")
    parser.add_argument("--test-set", metavar="NAME", required=True, help="name of the test set")
    parser.add_argument("--method", metavar="NAME", help="name of the method; default: as in the file")
    parser.add_argument("--weights", metavar="NAME", default="", help="weights of a network")
    parser.add_argument("--options", metavar="TEXT", default="", help="options that change the mattes, such as tta")
    parser.add_argument(
        "-o", "--output", metavar="FILE.csv", type=Path, default=FILE, help="published scores; default: %(default)s"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Add the means to the published scores."""
    published = {tuple(row[name] for name in KEY): row for row in read(args.output)} if args.output.exists() else {}
    for (method, trimap), scores in _by_method_and_trimap(args.mattes).items():
        key = (args.method or method, args.weights, args.options, args.test_set, trimap)
        means = {measure: f"{mean:.6g}" for measure, mean in mean_scores(scores).items()}
        published[key] = dict(zip(KEY, key, strict=True)) | {"images": str(len(scores))} | means
    with atomic_write(args.output) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(published.values())
    print(f"wrote {args.output}")


def read(path: Path, columns: Iterable[str] = COLUMNS) -> list[dict[str, str]]:
    """Return the rows of a CSV file; raise `UserError` if it cannot be read or has other columns."""
    try:
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if reader.fieldnames != list(columns):
        raise UserError(f"{path}: expected the columns {', '.join(columns)}")
    return rows


def _by_method_and_trimap(path):
    scores: dict[tuple[str, str], list[dict[str, float]]] = {}
    for row in read(path, ("method", "trimap", "image", *MEASURES)):
        numbers = {measure: float(row[measure]) for measure in MEASURES}
        scores.setdefault((row["method"], row["trimap"]), []).append(numbers)
    return scores
