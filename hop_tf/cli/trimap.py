"""`hop-tf trimap`: make a trimap from a box, strokes, clicks, a mask or a model's mask."""

import argparse
import os
import sys
from pathlib import Path

import cv2
import numpy as np

from hop_tf.cli import matte_record, trimap_options
from hop_tf.cli.matte_folder import created, plan
from hop_tf.cli.output import check_output_file, check_output_folder
from hop_tf.cli.trimap_sources import TrimapSource
from hop_tf.errors import UserError
from hop_tf.pictures.eight_bit import change_depth
from hop_tf.pictures.trimap import FOREGROUND_FROM, UNKNOWN_FROM
from hop_tf.pictures.trimap_check import check_trimap
from hop_tf.pictures.writing import write_png

EPILOG = """\
examples:
  hop-tf trimap cat.jpg --box 40,30,200,180                   writes cat_trimap.png
  hop-tf trimap cat.jpg --box 40,30,200,180 --inside 90,60    and the ear at 90,60 belongs to the cat
  hop-tf trimap cat.jpg --strokes strokes.png --preview p.png
  hop-tf trimap photos/ --mask masks/ -o trimaps/             pairs photos/x.jpg with masks/x.png
  hop-tf trimap photos/ --trimap-from rembg -o trimaps/       the object that a model of the package rembg finds
"""
_EDGES = {FOREGROUND_FROM: (255, 0, 150), UNKNOWN_FROM: (30, 60, 255)}  # lowest level inside: colour of the outline


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    parser = subparsers.add_parser(
        "trimap",
        help=help,
        description="Make a trimap from a box, strokes, clicks, a mask or a model's mask, and write it as a grey PNG "
        "file: black is background, grey is unknown, white is foreground.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "photo", metavar="PHOTO", type=Path, help="a picture; with --trimap-from, also a folder of pictures"
    )
    trimap_options.add_arguments(parser)
    parser.add_argument(
        "--preview", metavar="FILE", type=Path, help="also write a PNG file of the photo with the edges of the trimap"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT", help="the PNG file to write, or a folder; default: PHOTO_trimap.png"
    )
    parser.add_argument("--overwrite", action="store_true", help="make existing trimaps again")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the trimaps and return the exit code: 1 if some of a folder could not be made."""
    source = TrimapSource(args)
    if not source.is_given:
        raise UserError(f"{args.photo}: nothing to make a trimap from; give {trimap_options.WAYS}")
    if not args.photo.is_dir():
        return _run_photo(args, source)
    if source.is_of_one_photo:
        raise UserError(
            f"{args.photo}: is a folder; a box, strokes and clicks fit one photo, so give --trimap-from without them"
        )
    if args.preview:
        raise UserError(f"--preview: {args.photo} is a folder; expected one photo")
    return _run_folder(args, source)


def _run_photo(args, source):
    name = f"{args.photo.stem}_trimap.png"
    output = Path(args.output or args.photo.with_name(name))
    if output.is_dir() or str(args.output or "").endswith(("/", os.sep)):
        check_output_folder(output, [])
        output /= name
    inputs = [args.photo, *source.inputs]
    if not args.output and output.exists() and not args.overwrite:
        raise UserError(f"{output}: is there already, perhaps corrected by hand; --overwrite replaces it, or give -o")
    if output.parent.exists():
        check_output_file(output, ".png", inputs)
    if args.preview:
        check_output_file(args.preview, ".png", [*inputs, output])
    photo, trimap = source.read_with_photo(args.photo, source.path)
    _check(args.photo, trimap)
    with created(output.parent):
        write_png(output, trimap)
    print(f"wrote {output}")
    if args.preview:
        write_png(args.preview, preview(photo, trimap))
        print(f"wrote {args.preview}")
    return 0


def _run_folder(args, source):
    output = Path(args.output or args.photo.resolve().with_name(f"{args.photo.resolve().name}_trimap"))
    pictures, warning = plan(args.photo, source.path, output, ".png")
    check_output_folder(output, [args.photo, *source.inputs])
    wanted, record, unknown = matte_record.begin(output, matte_record.trimap_settings(args), pictures, args.overwrite)
    for text in filter(None, (warning, unknown)):
        print(f"warning: {text}", file=sys.stderr)
    failures, skipped = 0, len(pictures) - len(wanted)
    if wanted:
        source.load()
    with created(output):
        record.write(output)
        for photo_path, mask_path, target in wanted:
            try:
                _, trimap = source.read_with_photo(photo_path, mask_path)
                _check(photo_path, trimap)
            except UserError as error:
                print(f"error: {error}", file=sys.stderr)
                failures += 1
                continue
            write_png(target, trimap)
    n = len(wanted) - failures
    print(
        f"wrote {n} {'trimap' if n == 1 else 'trimaps'} to {output}"
        + (f"; {skipped} skipped, already there (--overwrite makes them again)" if skipped else "")
        + (f"; {failures} failed" if failures else "")
    )
    return 1 if failures else 0


def _check(photo_path, trimap):
    """Warn if a trimap is unusual, and refuse one that cannot be meant."""
    try:
        oddity = check_trimap(trimap)
    except ValueError as error:
        raise UserError(f"{photo_path}: the trimap: {error}") from error
    if oddity is not None:
        print(f"warning: {photo_path}: the trimap: {oddity}", file=sys.stderr)


def preview(photo: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Return a photo with the edges of its trimap: pink around the foreground, blue around the background.

    Args:
        photo: uint8 or uint16 `[height, width, 3]`, RGB.
        trimap: uint8 `[height, width]`.

    Returns:
        uint8 `[height, width, 3]`, RGB.
    """
    picture = change_depth(photo, np.uint8).copy()
    thickness = max(1, round(max(trimap.shape) / 400))
    for level, colour in _EDGES.items():
        outlines, _ = cv2.findContours((trimap >= level).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outlines, -1, colour, thickness)
    return picture
