"""`hop-tf data compose`: the Composition-1k test set."""

import argparse
from pathlib import Path

from tqdm import tqdm

from hop_tf.cli.data import options
from hop_tf.cli.data.errors import data_errors
from hop_tf.datasets.sources.adobe import adobe_parts
from hop_tf.datasets.sources.files import list_images
from hop_tf.datasets.sources.opening import recognise
from hop_tf.datasets.sources.parallel import match_pairs
from hop_tf.datasets.test_sets.composition_1k import FOLDERS, plan_composites, write_composite
from hop_tf.errors import UserError

EPILOG = """\
The foregrounds come in the order of test_fg_names.txt and the backgrounds in that of test_bg_names.txt where these
lie in the folder of foregrounds (or in its Test_set), else in alphabetical order. Trimaps are copied from the folder
'trimaps' beside 'fg'; where there is none they are drawn, and scores are not comparable with published ones.
A run that was broken off goes on where it stopped.

example:
  hop-tf data compose --foregrounds Combined_Dataset/ --backgrounds VOCdevkit/VOC2012/JPEGImages/ -o test/
  hop-tf evaluate --dataset composition-1k test/ --save mattes/
"""


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "compose",
        help="build the Composition-1k test set",
        description="Lay the test foregrounds of Adobe Image Matting over photos, 20 each: <foreground>_<0..19>.png.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--foregrounds",
        metavar="DIR",
        type=Path,
        required=True,
        help="Adobe Image Matting, its Test_set, or a folder with fg/ and alpha/",
    )
    parser.add_argument("--backgrounds", metavar="DIR", type=Path, required=True, help="folder of photos (Pascal VOC)")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="folder to write to")
    parser.add_argument("--fg-names", metavar="FILE", type=Path, help="file names of foregrounds, one a line, in order")
    parser.add_argument("--bg-names", metavar="FILE", type=Path, help="file names of backgrounds, one a line, in order")
    parser.add_argument(
        "--per-foreground", metavar="N", type=options.positive, default=20, help="backgrounds each (default: 20)"
    )
    parser.set_defaults(run=run)


def run(args):
    with data_errors():
        parts = (
            adobe_parts(args.foregrounds, "Test_set") if recognise(args.foregrounds) == "adobe" else [args.foregrounds]
        )
        pairs = [pair for part in parts for pair in match_pairs(part)]
        fg_names = args.fg_names or _find_names(args.foregrounds, "test_fg_names.txt")
        bg_names = args.bg_names or _find_names(args.foregrounds, "test_bg_names.txt")
        pairs = _in_order(pairs, fg_names, lambda pair: pair[0])
        photos = _in_order(list_images(args.backgrounds), bg_names, lambda path: path)
        plan = plan_composites(pairs, photos, args.per_foreground)
        for folder in FOLDERS:
            (args.output / folder).mkdir(parents=True, exist_ok=True)
        written = sum(write_composite(one, args.output) for one in tqdm(plan, unit="picture", disable=None))
    drawn = sum(one.trimap is None for one in plan)
    print(f"{written} composites written, {len(plan) - written} were there: {args.output}")
    if drawn:
        print(f"{drawn} trimaps were drawn: no folder 'trimaps' has them")


def _find_names(folder, name):
    return next((path for path in (folder / name, folder / "Test_set" / name) if path.is_file()), None)


def _in_order(items, names_file, path_of):
    """The items in the order that a list of file names gives; as they are when there is no list."""
    if names_file is None:
        return items
    by_stem = {path_of(item).stem: item for item in items}
    names = [line.strip() for line in names_file.read_text().splitlines() if line.strip()]
    missing = [name for name in names if Path(name).stem not in by_stem]
    if missing:
        raise UserError(f"{names_file}: no file for {missing[0]} (and {len(missing) - 1} more names)")
    return [by_stem[Path(name).stem] for name in names]
