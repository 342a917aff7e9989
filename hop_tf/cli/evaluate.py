"""`python -m hop_tf evaluate`: scores a folder of mattes."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hop_tf.cli import files
from hop_tf.images import ImageError, read_alpha, read_trimap
from hop_tf.replacing import replacing
from hop_tf.scores import UNKNOWN, scores

DIGITS = {"SAD": 3, "MSE": 5, "Grad": 3, "Conn": 3}

EPILOG = """\
The scores are those of the published MATLAB scripts, over the pixels whose trimap is exactly 128; lower is better.
  SAD   sum of absolute differences of alpha in 0..1, in thousands
  MSE   mean squared difference of alpha in 0..1 (papers often print it times 1000)
  Grad  gradient error, in thousands
  Conn  connectivity error, in thousands

example:
  python -m hop_tf evaluate --pred mattes/ --alpha alpha/ --trimap trimaps/ --json scores.json
"""


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "evaluate",
        help="score a folder of mattes against the true ones",
        description="Score mattes: a table of SAD, MSE, Grad and Conn for each picture and their mean.\n"
        "The pictures of the three folders are matched by file stem, and each needs its partners.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pred", metavar="DIR", type=Path, required=True, help="the mattes to score")
    parser.add_argument("--alpha", metavar="DIR", type=Path, required=True, help="the true mattes")
    parser.add_argument("--trimap", metavar="DIR", type=Path, required=True, help="the trimaps")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the numbers, unrounded, to this file")
    parser.set_defaults(run=run)


def run(args):
    pictures = {folder: files.pictures_by_stem(folder) for folder in (args.pred, args.alpha, args.trimap)}
    _check_complete(pictures)
    if args.json:
        files.check_output_file(args.json, ".json", [])
    table, warnings = {}, []
    for stem in tqdm(pictures[args.pred], unit="picture", disable=None, leave=False):
        paths = (pictures[folder][stem] for folder in (args.pred, args.alpha, args.trimap))
        table[stem] = _score(*paths, warnings)
    mean = {name: float(np.mean([row[name] for row in table.values()])) for name in DIGITS}
    if args.json:
        _write_json(args.json, {"images": table, "mean": mean})
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(_format(table, mean))
    if args.json:
        print(f"wrote {args.json}")


def _check_complete(pictures):
    stems = set().union(*pictures.values())
    for folder, found in pictures.items():
        missing = stems - found.keys()
        if missing:
            raise files.CommandError(
                f"{folder}: no picture for {files.some_names(missing)}; expected a partner for every stem"
            )


def _score(pred_path, alpha_path, trimap_path, warnings):
    pred, alpha, trimap = read_alpha(pred_path), read_alpha(alpha_path), read_trimap(trimap_path)
    files.check_same_size(pred_path, pred, alpha_path, alpha)
    files.check_same_size(trimap_path, trimap, alpha_path, alpha)
    levels = np.unique(trimap)
    if UNKNOWN not in levels:
        raise files.CommandError(f"{trimap_path}: no pixel has the level {UNKNOWN}; expected it where alpha is unknown")
    if not set(levels.tolist()) <= {0, UNKNOWN, 255}:
        warnings.append(f"{trimap_path}: has levels besides 0, 128 and 255; only 128 is scored")
    return scores(pred, alpha, trimap)


def _write_json(path, content):
    try:
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(content, indent=2) + "\n")
    except OSError as error:
        raise ImageError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def _format(table, mean):
    rows = [["image", *DIGITS]]
    for stem, row in [*table.items(), (f"mean of {len(table)}", mean)]:
        rows.append([stem, *(f"{row[name]:.{digits}f}" for name, digits in DIGITS.items())])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *numbers in rows:
        cells = [first.ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join(cells))
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])
