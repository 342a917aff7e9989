"""`python -m hop_tf matte`: the alpha of a photo, or of a folder of photos."""

import argparse
import contextlib
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hop_tf.cli import files
from hop_tf.cli.network import add_network_arguments, find_alpha, load_predictor
from hop_tf.images import read_photo, read_trimap, write_png
from hop_tf.trimap import FOREGROUND_FROM, UNKNOWN_FROM, split_trimap

EPILOG = """\
A trimap is a grey picture of the photo's size: below 85 (black) background, 170 and above (white) foreground, grey
between them unknown. Only the unknown part is computed.

examples:
  python -m hop_tf matte cat.jpg cat_trimap.png                writes cat_alpha.png
  python -m hop_tf matte cat.jpg cat_trimap.png --cutout       writes cat_cutout.png
  python -m hop_tf matte photos/ trimaps/ -o mattes/           pairs photos/x.jpg with trimaps/x.png
"""


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "matte",
        help="compute the alpha of a photo, or of a folder of photos",
        description="Compute the alpha of a photo from a trimap, and write it as an 8-bit grey PNG file.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photo", metavar="PHOTO", type=Path, help="a picture, or a folder of pictures")
    parser.add_argument(
        "trimap", metavar="TRIMAP", type=Path, help="its trimap, or a folder of trimaps named like the photos"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        help="the PNG file to write, or the folder if PHOTO is one; default: PHOTO_alpha.png beside the photo, or the "
        "folder PHOTO_alpha (with --cutout: _cutout)",
    )
    parser.add_argument(
        "--cutout",
        action="store_true",
        help="write an RGBA picture instead: the photo's colours unchanged, with the alpha as transparency; at soft "
        "edges some of the old background's colour stays",
    )
    add_network_arguments(parser)
    parser.set_defaults(run=run)


def run(args):
    kind = "cutout" if args.cutout else "alpha"
    is_folder = args.photo.is_dir()
    if is_folder != args.trimap.is_dir() and args.photo.exists() and args.trimap.exists():
        raise files.CommandError(f"{args.trimap}: expected a {'folder' if is_folder else 'file'}, as {args.photo} is")
    if is_folder:
        output, jobs, warnings = _folder_jobs(args, kind)
    else:
        output = args.output or args.photo.with_name(f"{args.photo.stem}_{kind}.png")
        jobs, warnings = [(args.photo, args.trimap, output)], []
    warnings += _check_inputs(jobs)
    if is_folder:
        files.check_output_folder(output, [args.photo, args.trimap])
    else:
        files.check_output_file(output, ".png", [args.photo, args.trimap])
    predictor = load_predictor(args)
    for warning in warnings:  # only now, so that wrong input is one line
        print(f"warning: {warning}", file=sys.stderr)
    with _folder(output) if is_folder else contextlib.nullcontext():
        for photo, trimap, target in tqdm(jobs, unit="photo", disable=None if is_folder else True):
            _matte(predictor, photo, trimap, target, args.cutout)
    if is_folder:
        print(f"wrote {len(jobs)} {'picture' if len(jobs) == 1 else 'pictures'} to {output}")
    else:
        print(f"wrote {output}")


def _folder_jobs(args, kind):
    """Pairs the pictures of two folders by stem.

    Returns:
        The output folder, a list of (photo, trimap, output) paths, and a list of warnings.
    """
    photos, trimaps = files.pictures_by_stem(args.photo), files.pictures_by_stem(args.trimap)
    both = [stem for stem in photos if stem in trimaps]
    if not both:
        raise files.CommandError(
            f"{args.trimap}: no trimap is named like a photo in {args.photo}; expected equal stems"
        )
    lonely = [photos.get(stem, trimaps.get(stem)).name for stem in photos.keys() ^ trimaps.keys()]
    warnings = [f"left out, without a partner of the same stem: {files.some_names(lonely, limit=20)}"] if lonely else []
    folder = args.photo if args.photo.name not in ("", "..") else args.photo.resolve()
    output = args.output or folder.with_name(f"{folder.name}_{kind}")
    return output, [(photos[stem], trimaps[stem], output / f"{stem}.png") for stem in both], warnings


def _check_inputs(jobs):
    """Decodes every picture once, so that a bad one is found before the network has worked on the others.

    Returns:
        List of str, warnings.
    """
    warnings = []
    for photo_path, trimap_path, _ in jobs:
        photo, trimap = read_photo(photo_path), read_trimap(trimap_path)
        files.check_same_size(trimap_path, trimap, photo_path, photo)
        unknown, _ = split_trimap(trimap)
        if not unknown.any():
            warnings.append(
                f"{trimap_path}: no pixel is unknown (grey, {UNKNOWN_FROM} to {FOREGROUND_FROM - 1}); "
                "the known alpha is written as it is"
            )
        elif unknown.all():
            warnings.append(f"{trimap_path}: every pixel is unknown; marking some background and foreground helps")
    return warnings


def _matte(predictor, photo_path, trimap_path, target, cutout):
    photo, trimap = read_photo(photo_path), read_trimap(trimap_path)
    alpha = find_alpha(predictor, photo_path, photo, trimap)
    alpha = np.round(alpha * 255).astype(np.uint8)
    write_png(target, np.dstack([photo, alpha]) if cutout else alpha)


@contextlib.contextmanager
def _folder(path):
    """Creates a folder; takes it away again if the block fails before anything is in it."""
    created = not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if created and not any(path.iterdir()):
            path.rmdir()
        raise
