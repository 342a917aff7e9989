"""`hop-tf data compose`: build the Composition-1k test set."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from hop_tf.cli import arguments
from hop_tf.cli.matte_record import OTHER_FOLDER, begin
from hop_tf.cli.network_options import Setting
from hop_tf.cli.output import check_output_folder
from hop_tf.datasets.sources.adobe import PARTS, adobe_parts
from hop_tf.datasets.sources.opening import LAYOUTS, recognise
from hop_tf.datasets.sources.parallel import match_pairs
from hop_tf.datasets.test_sets.composition_1k import FOLDERS, plan_composites, write_composite
from hop_tf.errors import UserError, some_names
from hop_tf.pictures.folders import list_pictures
from hop_tf.pictures.reading import has_other_profile

EPILOG = """\
The foregrounds are used in the order of test_fg_names.txt and the backgrounds in the order of test_bg_names.txt if
these files exist in the folder of foregrounds (or in its Test_set), otherwise in alphabetical order. Trimaps are
copied from the folder 'trimaps' beside 'fg'. If there is none they are drawn, and scores are not comparable with
published ones. An interrupted run continues where it stopped.

Pictures are read as for training: rotated upright, with colours in sRGB. Only the colours of Adobe Image Matting stay
as they are stored, because the published script does not convert them.

example:
  hop-tf data compose --foregrounds Combined_Dataset/ --backgrounds VOCdevkit/VOC2012/JPEGImages/ -o test/
  hop-tf evaluate --dataset composition-1k test/ --save mattes/
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to `hop-tf data`."""
    parser = subparsers.add_parser(
        "compose",
        help="build the Composition-1k test set",
        description="Composite the test foregrounds of Adobe Image Matting with 20 photos each: "
        "<foreground>_<0..19>.png.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--foregrounds",
        metavar="DIR",
        type=Path,
        required=True,
        help="Adobe Image Matting, its Test_set, a folder with fg/ and alpha/, or one of RGBA cut-outs",
    )
    parser.add_argument(
        "--layout",
        choices=["auto", *LAYOUTS],
        default="auto",
        help="layout of the folder of foregrounds; default: recognise it",
    )
    parser.add_argument("--backgrounds", metavar="DIR", type=Path, required=True, help="folder of photos (Pascal VOC)")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="folder to write to")
    parser.add_argument(
        "--fg-names", metavar="FILE", type=Path, help="file names of the foregrounds in order, one per line"
    )
    parser.add_argument(
        "--bg-names", metavar="FILE", type=Path, help="file names of the backgrounds in order, one per line"
    )
    parser.add_argument(
        "--per-foreground",
        metavar="N",
        type=arguments.count,
        default=20,
        help="backgrounds for each foreground; default: %(default)s",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the composites that do not exist yet."""
    layout = recognise(args.foregrounds) if args.layout == "auto" else args.layout
    pairs = _PAIRS[layout](args.foregrounds)
    fg_names = args.fg_names or _find_names(args.foregrounds, "test_fg_names.txt")
    bg_names = args.bg_names or _find_names(args.foregrounds, "test_bg_names.txt")
    pairs = _in_order(pairs, fg_names, lambda pair: pair[0])
    photos = _in_order(list_pictures(args.backgrounds), bg_names, lambda path: path)
    plan = plan_composites(pairs, photos, args.per_foreground)
    published = layout == "adobe" or args.foregrounds.resolve().name in PARTS
    _begin(plan, args.output, published)
    bar = tqdm(plan, unit="picture", disable=None)
    written = sum(write_composite(one, args.output, to_srgb=not published) for one in bar)
    if published and (others := _with_other_profiles(plan)):
        print(
            f"warning: not sRGB, but used as stored, like the published script does: {some_names(others)}; training "
            "converts them",
            file=sys.stderr,
        )
    drawn = sum(one.trimap is None for one in plan)
    print(f"{written} composites written, {len(plan) - written} existed: {args.output}")
    if drawn:
        print(f"{drawn} trimaps were drawn, because there is no folder 'trimaps' with them")


def _begin(plan, output, published):
    """Make the folders of the output, unless it holds composites of other pictures, and note what this run makes."""
    inputs = {path.parent for one in plan for path in (one.foreground, one.alpha, one.background)}
    for folder in FOLDERS:
        check_output_folder(output / folder, inputs)
    merged = output / "merged"
    pictures = [(one.foreground, one.alpha, one.background, one.trimap, merged / one.name) for one in plan]
    settings = {"colours": Setting("as stored" if published else "in sRGB")}
    _, record, unknown = begin(merged, settings, pictures, overwrite=False, advice=OTHER_FOLDER)
    if unknown:
        print(f"warning: {unknown}", file=sys.stderr)
    for folder in FOLDERS:
        (output / folder).mkdir(parents=True, exist_ok=True)
    record.write(merged)


_PAIRS = {
    "adobe": lambda folder: [pair for part in adobe_parts(folder, "Test_set") for pair in match_pairs(part)],
    "folders": match_pairs,
    "cutouts": lambda folder: [(path, path) for path in list_pictures(folder)],
}


def _with_other_profiles(plan):
    paths = {path for one in plan for path in (one.foreground, one.background)}
    return [str(path) for path in paths if has_other_profile(path)]


def _find_names(folder, name):
    return next((path for path in (folder / name, folder / "Test_set" / name) if path.is_file()), None)


def _in_order(items, names_file, path_of):
    """Return the items in the order of a list of file names, or unchanged if there is no list."""
    if names_file is None:
        return items
    try:
        names = [line.strip() for line in names_file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise UserError(f"{names_file}: not a text file; expected file names, one per line") from error
    by_name: dict[str, list] = {}
    for item in items:
        by_name.setdefault(path_of(item).name, []).append(item)
        by_name.setdefault(path_of(item).stem, []).append(item)
    # Lists may name another suffix, such as .png for a .jpg file.
    found = {name: by_name.get(name) or by_name.get(Path(name).stem, []) for name in names}
    missing = [name for name in names if not found[name]]
    if missing:
        raise UserError(f"{names_file}: no file for {missing[0]} (and {len(missing) - 1} more names)")
    for name, matches in found.items():
        if len(matches) > 1:
            first, second = map(path_of, matches[:2])
            raise UserError(f"{names_file}: {name} may be {first} or {second}; keep one of the two")
    return [found[name][0] for name in names]
