"""`hop-tf data statistics`: how opaque the thin structures of mattes are."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hop_tf.cli import arguments
from hop_tf.datasets.recipes import make_recipe
from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.statistics import BOUNDS, MEASURED, Ridges, count_ridges
from hop_tf.errors import UserError
from hop_tf.evaluation.test_sets import LAYOUTS, Picture, open_test_set, pair
from hop_tf.pictures.folders import list_pictures
from hop_tf.pictures.reading import read_alpha, read_trimap
from hop_tf.pictures.trimap import split_trimap

EPILOG = """\
A ridge is a local maximum of the white top-hat of alpha (radius 3 pixels) above 0.04, in the unknown region of the
trimap if there is one. Its peak is its opacity above that of its surroundings. Hair is finer than a pixel, so most of
its ridges are faint; a network that is trained on fuller strands paints them too full. The last row shows the ridges
of measured alphas.

examples:
  hop-tf data statistics --alpha alpha/ --trimap trimap1/
  hop-tf data statistics --dataset alphamatting alphamatting/
  hop-tf data statistics --config training.toml --samples 200
"""

_REFERENCE = "27 measured"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to `hop-tf data`."""
    parser = subparsers.add_parser(
        "statistics",
        help="measure how opaque thin structures are",
        description="Print the shares of thin structures (ridges) of mattes by their peak opacity.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--alpha", metavar="DIR", type=Path, help="folder of alphas or RGBA cut-outs")
    source.add_argument(
        "--dataset",
        metavar=("LAYOUT", "DIR"),
        nargs=2,
        help=f"a test set: its layout, one of {', '.join(LAYOUTS)}, and its folder",
    )
    source.add_argument("--config", metavar="FILE", type=Path, help="the samples of this training configuration")
    parser.add_argument("--trimap", metavar="DIR", type=Path, help="with --alpha: trimaps; default: search everywhere")
    parser.add_argument(
        "--set",
        metavar="TABLE.KEY=VALUE",
        dest="overrides",
        action="append",
        default=[],
        help="with --config: change a setting; can be repeated",
    )
    parser.add_argument(
        "--samples",
        metavar="N",
        type=arguments.count,
        default=200,
        help="with --config: number of samples; default: %(default)s",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Count the ridges and print the table."""
    for given, option, needed in ((args.trimap, "--trimap", "alpha"), (args.overrides, "--set", "config")):
        if given and getattr(args, needed) is None:
            raise UserError(f"{option} needs --{needed}")
    if args.config:
        rows = {f"{args.samples} samples": _samples(args.config, args.overrides, args.samples)}
    elif args.dataset:
        layout, folder = args.dataset
        if layout not in LAYOUTS:
            raise UserError(f"--dataset: no layout {layout}; expected one of {', '.join(LAYOUTS)}")
        rows = {name or "all": _pictures(found) for name, found in open_test_set(layout, Path(folder)).items()}
    elif args.trimap:
        rows = {args.alpha.name: _pictures(pair(args.trimap, args.alpha))}
    else:
        rows = {args.alpha.name: ((_read_alpha(path), None) for path in _bar(list_pictures(args.alpha)))}
    print(format_table({name: count_ridges(mattes) for name, mattes in rows.items()}))


def format_table(rows: dict[str, Ridges]) -> str:
    """Return one line for each row, and one of the measured alphas, under the bounds of the bins."""
    bins = [f"{low:g}-{high:g}" for low, high in zip(BOUNDS, BOUNDS[1:], strict=False)]
    lines = [("ridges with a peak of", "mattes", *bins, "ridges")]
    lines += [
        (name, str(ridges.mattes), *(f"{share:.0%}" for share in ridges.shares), f"{ridges.counts.sum():,}")
        for name, ridges in rows.items()
    ]
    lines.append((_REFERENCE, "27", *(f"{share:.0%}" for share in MEASURED), ""))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))])
        for first, *rest in lines
    )


def _samples(config: Path, overrides: list[str], count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    from hop_tf.training.settings import read_config

    experiment = read_config(config, overrides, check_files=True)
    data = experiment.data
    drawn = {"cutout_share": 1 - data.drawn} if data.recipe == "open" else {}
    samples = MattingSamples(
        data.foregrounds or None,
        data.backgrounds or None,
        data.crop_size,
        experiment.training.seed,
        make_recipe(data.recipe, random_interpolation=data.random_interpolation, **drawn),
        layout=data.layout,
    )
    for index in _bar(range(count)):
        _, trimap, alpha = samples.sample(index)
        yield alpha, split_trimap(trimap)[0]


def _pictures(pictures: list[Picture]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for picture in _bar(pictures):
        alpha, trimap = _read_alpha(picture.alpha), read_trimap(picture.trimap)
        if alpha.shape != trimap.shape:
            raise UserError(f"{picture.trimap}: the size differs from that of {picture.alpha}")
        yield alpha, split_trimap(trimap)[0]


def _read_alpha(path):
    return read_alpha(path).astype(np.float32) / 255


def _bar(items: Iterable) -> Iterable:
    return tqdm(items, disable=None, leave=False)
