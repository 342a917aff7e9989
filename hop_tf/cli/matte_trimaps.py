"""Trimaps for `hop-tf matte`: from files, rough masks, or the photos' own alpha channels."""

import argparse
import functools
from pathlib import Path

import numpy as np

from hop_tf.errors import UserError
from hop_tf.pictures.reading import check_same_size, read_mask, read_photo, read_transparency, read_trimap
from hop_tf.pictures.trimap import trimap_from_mask, widen_unknown
from hop_tf.pictures.trimap_check import check_trimap

OWN_ALPHA = "alpha"
WIDTH = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `Trimaps` reads."""
    trimap = parser.add_argument(
        "trimap",
        metavar="TRIMAP",
        type=Path,
        help="the trimap, or a folder of trimaps named like the photos; omit it with --trimap-from",
    )
    parser.add_argument(
        "--trimap-from",
        metavar="MASK|alpha",
        action=functools.partial(_InsteadOf, trimap),
        help="make the trimap from a rough mask (any two levels, the darker is background; a folder of masks if PHOTO "
        "is a folder), or from the photo's own alpha channel if the word alpha is given",
    )
    parser.add_argument(
        "--width",
        metavar="PX",
        type=_pixels,
        help=f"with --trimap-from: width of the unknown region on each side of the edge, in pixels; default: {WIDTH}",
    )
    parser.add_argument(
        "--dilate-unknown",
        metavar="PX",
        type=_pixels,
        default=0,
        help="widen the unknown region of a trimap by PX pixels",
    )


class _InsteadOf(argparse.Action):
    """Store the value and make a positional optional; with nargs="?" the positional would have to precede options."""

    def __init__(self, positional, **options):
        super().__init__(**options)
        self._positional = positional

    def __call__(self, parser, namespace, value, option_string=None):
        setattr(namespace, self.dest, value)
        self._positional.required = False


def _pixels(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number of pixels: {text}")
    return int(text)


class Trimaps:
    """The trimaps that the arguments ask for.

    Args:
        args: the parsed arguments.

    Attributes:
        path: file or folder of the trimaps or masks; `None` if trimaps come from the photos' alpha channels.

    Raises:
        UserError: if the arguments contradict each other.
    """

    def __init__(self, args: argparse.Namespace):
        if args.trimap is not None and args.trimap_from is not None:
            raise UserError(f"{args.trimap}: with --trimap-from expected no trimap; leave out one of the two")
        if args.width is not None and args.trimap_from is None:
            raise UserError("--width belongs to --trimap-from; for a trimap there is --dilate-unknown")
        self._from_mask = args.trimap_from is not None
        self._width = WIDTH if args.width is None else args.width
        self._dilate = args.dilate_unknown
        self.path = args.trimap if not self._from_mask else None
        if self._from_mask and args.trimap_from != OWN_ALPHA:
            self.path = Path(args.trimap_from)

    def read_with_photo(self, photo_path: Path, path: Path | None) -> tuple[np.ndarray, np.ndarray, str | None]:
        """Read a photo and its trimap.

        Args:
            photo_path: file of the photo.
            path: file of the trimap or mask; `None` for the photo's own alpha channel.

        Returns:
            The photo, uint8 `[height, width, 3]`, the trimap, uint8 `[height, width]`, and a warning or `None`.

        Raises:
            UserError: if one of them cannot be used, or they differ in size.
        """
        photo = read_photo(photo_path, keep_depth=True)
        if path is None:
            trimap = read_transparency(photo_path)
        else:
            trimap = (read_mask if self._from_mask else read_trimap)(path)
        path = path or photo_path
        check_same_size(path, trimap, photo_path, photo)
        if self._from_mask:
            if trimap.min() == trimap.max():
                what = "its alpha channel" if path == photo_path else "the mask"
                raise UserError(f"{path}: {what} is {trimap.min()} everywhere; expected black and white")
            trimap = trimap_from_mask(trimap, self._width)
        try:
            oddity = check_trimap(trimap)
        except ValueError as error:
            raise UserError(f"{path}: {error}") from error
        if oddity and self._from_mask:
            oddity = f"the trimap made of it: {oddity}; try another --width"
        if self._dilate:
            trimap = widen_unknown(trimap, self._dilate)
        return photo, trimap, oddity and f"{path}: {oddity}"
