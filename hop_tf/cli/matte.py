"""`hop-tf matte`: compute the alpha of a photo, or of a folder of photos."""

import argparse
import functools
import os
import sys
from pathlib import Path

from hop_tf.cli import arguments, matte_bands, matte_folder, matte_record, matte_results, matte_trimaps
from hop_tf.cli.network_options import add_network_arguments, load_predictor
from hop_tf.cli.output import check_output_file, check_output_folder
from hop_tf.cli.shard import shard
from hop_tf.errors import UserError
from hop_tf.pictures.writing import write_picture

EPILOG = """\
A trimap is a grey picture of the photo's size: below 85 (black) is background, 170 and above (white) is foreground,
grey in between is unknown. Only the unknown region is computed. In folder mode, existing results are skipped, if they
were made in the same way; pictures that cannot be used are listed at the end, and the exit code is 1.

examples:
  hop-tf matte cat.jpg cat_trimap.png                      writes cat_alpha.png
  hop-tf matte cat.jpg cat_trimap.png --cutout             writes cat_cutout.png
  hop-tf matte cat.jpg cat_trimap.png --background white   writes cat_composite.png
  hop-tf matte cat.jpg --box 40,30,200,180                 makes the trimap from a box: x, y, width, height
  hop-tf matte cat.jpg --trimap-from mask.png --width 15   makes the trimap from a rough mask
  hop-tf matte cat.jpg --trimap-from rembg                 makes the trimap from the object that rembg finds
  hop-tf matte photos/ trimaps/ -o mattes/                 pairs photos/x.jpg with trimaps/x.png
  hop-tf matte photos/ trimaps/ -o mattes/ --shard 3/8     the third of eight jobs that share a folder
"""


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    parser = subparsers.add_parser(
        "matte",
        help=help,
        description="Compute the alpha of a photo from a trimap, and write it as a grey PNG, TIFF or OpenEXR file.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photo", metavar="PHOTO", type=Path, help="a picture, or a folder of pictures")
    matte_trimaps.add_arguments(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the .png, .tif or .exr file to write, or a folder; default: PHOTO_alpha.png beside the photo, or, if "
        "PHOTO is a folder, the folder PHOTO_alpha (or _cutout, or _composite)",
    )
    matte_results.add_arguments(parser)
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=arguments.count,
        default=2,
        help="folder mode: threads that read and write pictures while the network works; default: %(default)s",
    )
    parser.add_argument("--overwrite", action="store_true", help="folder mode: compute existing results again")
    parser.add_argument(
        "--shard",
        metavar="I/N",
        type=shard,
        help="folder mode: matte only part I of N parts, counted from 1, such as 3/8; every photo is in one part",
    )
    matte_bands.add_arguments(parser)
    add_network_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the results and return the exit code: 1 if some pictures of a folder could not be matted."""
    source, result = matte_trimaps.Trimaps(args), matte_results.Result(args)
    is_folder = args.photo.is_dir()
    if source.path and is_folder != source.path.is_dir() and args.photo.exists() and source.path.exists():
        raise UserError(f"{source.path}: expected a {'folder' if is_folder else 'file'}, as {args.photo} is")
    if args.shard and not is_folder:
        raise UserError(f"--shard: {args.photo} is not a folder; expected a folder of photos")
    return (_run_folder if is_folder else _run_photo)(args, source, result)


def _run_photo(args, source, result):
    photo, trimap, warning = source.read_with_photo(args.photo, source.path)
    name = f"{args.photo.stem}_{result.kind}{result.suffix}"
    output = Path(args.output or args.photo.with_name(name))
    into_folder = bool(args.output) and (output.is_dir() or args.output.endswith(("/", os.sep)))
    if into_folder:
        check_output_folder(output, [])
        output /= name
    if not into_folder or output.parent.exists():  # an existing folder may contain an input
        check_output_file(
            output, result.suffix, filter(None, (args.photo, source.path, args.strokes, result.background_path))
        )
    predictor = load_predictor(args)
    _warn(warning)  # after loading, to keep wrong input to one line
    alpha = matte_bands.find_checked_alpha(predictor, args, args.photo, photo, trimap)
    with matte_folder.created(output.parent):
        _write(result, args.photo, output, photo, alpha)
    print(f"wrote {output}")
    return 0


def _run_folder(args, source, result):
    folder = args.photo if args.photo.name not in ("", "..") else args.photo.resolve()
    output = Path(args.output or folder.with_name(f"{folder.name}_{result.kind}"))
    pictures, warning = matte_folder.plan(args.photo, source.path, output, result.suffix)
    background_folder = result.background_path and result.background_path.parent
    check_output_folder(output, filter(None, (args.photo, source.path, background_folder)))
    if args.shard:
        pictures = [paths for paths in pictures if args.shard.holds(paths[0].stem)]
    name = args.shard.record if args.shard else matte_folder.RECORD
    settings = matte_record.settings(args, result) | matte_bands.settings(args)
    wanted, record, unknown = matte_record.begin(output, settings, pictures, args.overwrite, name=name)
    if wanted:
        source.load()
    predictor = load_predictor(args) if wanted else None
    _warn(warning)
    _warn(unknown)
    alpha = functools.partial(matte_bands.find_checked_alpha, predictor, args)
    write = functools.partial(_write, result)
    with matte_folder.created(output, shared=args.shard is not None):
        record.write(output, name)
        failures = matte_folder.run(wanted, source.read_with_photo, alpha, write, args.jobs)
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    n, skipped = len(wanted) - len(failures), len(pictures) - len(wanted)
    print(
        f"wrote {n} {'picture' if n == 1 else 'pictures'} to {output}"
        + (f" (shard {args.shard})" if args.shard else "")
        + (f"; {skipped} skipped, already there (--overwrite computes them again)" if skipped else "")
        + (f"; {len(failures)} failed" if failures else "")
    )
    return 1 if failures else 0


def _warn(warning):
    if warning:
        print(f"warning: {warning}", file=sys.stderr)


def _write(result, photo_path, output, photo, alpha):
    try:
        picture = result.picture(photo, alpha)
    except MemoryError as error:
        raise UserError(f"{photo_path}: not enough memory for its {result.kind}; scale it down") from error
    write_picture(output, picture)
