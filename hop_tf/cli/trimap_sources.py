"""Trimaps that commands make from a box, strokes, clicks or masks, and the options for them."""

import argparse
import functools
import re
from pathlib import Path

import numpy as np

from hop_tf.cli.arguments import InsteadOf
from hop_tf.errors import UserError
from hop_tf.pictures.reading import read_photo, read_transparency
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND
from hop_tf.trimaps.band import trimap_of
from hop_tf.trimaps.masks import fitted, read_any_mask
from hop_tf.trimaps.segmentation import segment
from hop_tf.trimaps.strokes import read_strokes

OWN_ALPHA = "alpha"
WAYS = "--box X,Y,W,H, --strokes FILE, --inside X,Y with --outside X,Y, or --trimap-from MASK|alpha"
_CLICK = 0.01  # radius, as a share of the longer side


def add_arguments(parser: argparse.ArgumentParser, positional: argparse.Action | None = None) -> None:
    """Add the options that `TrimapSource` reads.

    Args:
        parser: the parser.
        positional: an argument that each of these options replaces.
    """
    action = "store" if positional is None else functools.partial(InsteadOf, positional)
    append = "append" if positional is None else functools.partial(_AppendInsteadOf, positional)
    group = parser.add_argument_group("no trimap? make one")
    group.add_argument(
        "--box", metavar="X,Y,W,H", type=_box, action=action, help="from a box around the object, in pixels"
    )
    group.add_argument(
        "--strokes",
        metavar="FILE",
        type=Path,
        action=action,
        help="from a picture of strokes in the photo's shape: green or white on the object, red or black on the "
        "background, transparent or grey elsewhere; goes with --box",
    )
    for name, where in (("--inside", "object"), ("--outside", "background")):
        group.add_argument(
            name,
            metavar="X,Y",
            type=_point,
            action=append,
            help=f"a click on the {where}, in pixels; may be repeated, and goes with --box and --strokes",
        )
    group.add_argument(
        "--trimap-from",
        "--mask",
        metavar="MASK|alpha",
        action=action,
        help="from a mask of any size and any two levels or colours, the darker is background (a folder of masks if "
        "PHOTO is a folder); or, with the word alpha, from the photo's own alpha channel",
    )
    group.add_argument(
        "--width",
        metavar="PX",
        type=pixels,
        help="width of the unknown region on each side of the edge, in pixels; default: 1 %% to 3.5 %% of the photo's "
        "longer side, by how much the colours overlap there",
    )


class _AppendInsteadOf(InsteadOf):
    """Append the value to a list, and make a positional optional."""

    def __call__(self, parser, namespace, value, option_string=None):
        values = [*(getattr(namespace, self.dest) or ()), value]
        super().__call__(parser, namespace, values, option_string)


def pixels(text: str) -> int:
    """Parse an argument that is a number of pixels."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number of pixels: {text}")
    return int(text)


def _numbers(text, count, names):
    if not re.fullmatch(r"\d+(,\d+)" + f"{{{count - 1}}}", text) or not text.isascii():
        raise argparse.ArgumentTypeError(f"expected {names} as whole numbers of pixels, not {text}")
    return tuple(map(int, text.split(",")))


def _point(text):
    return _numbers(text, 2, "X,Y")


def _box(text):
    box = _numbers(text, 4, "X,Y,W,H")
    if 0 in box[2:]:
        raise argparse.ArgumentTypeError(f"expected a width and height of at least 1, not {text}")
    return box


class TrimapSource:
    """A way to make trimaps.

    Args:
        args: the parsed options of `add_arguments`.

    Attributes:
        path: file or folder of the masks; `None` if trimaps come from marks or the photos' alpha channels.
        is_given: whether the options name a way.
        is_of_one_photo: whether it is by marks, which fit one photo only.

    Raises:
        UserError: if the options contradict each other.
    """

    def __init__(self, args: argparse.Namespace):
        self._args = args
        self.is_of_one_photo = any(x is not None for x in (args.box, args.strokes, args.inside, args.outside))
        self.is_given = self.is_of_one_photo or args.trimap_from is not None
        if self.is_of_one_photo and args.trimap_from is not None:
            raise UserError("--trimap-from: not allowed with --box, --strokes, --inside or --outside; choose one way")
        if args.trimap_from is None or args.trimap_from == OWN_ALPHA:
            self.path = None
        else:
            self.path = Path(args.trimap_from)

    @property
    def inputs(self) -> list[Path]:
        """Files and folders that are read, besides the photo."""
        return [path for path in (self.path, self._args.strokes) if path]

    def read_with_photo(self, photo_path: Path, path: Path | None) -> tuple[np.ndarray, np.ndarray]:
        """Read a photo and make its trimap.

        Args:
            photo_path: file of the photo.
            path: file of the mask; `None` for marks or the photo's own alpha channel.

        Returns:
            The photo, uint8 or uint16 `[height, width, 3]`, and the trimap, uint8 `[height, width]`.

        Raises:
            UserError: if a file cannot be used, or the marks or the mask do not fit the photo.
        """
        photo = read_photo(photo_path, keep_depth=True)
        if self.is_of_one_photo:
            return photo, self._marked(photo, photo_path)
        return photo, trimap_of(photo, _mask(photo, photo_path, path), self._args.width)

    def _marked(self, photo, photo_path):
        height, width = photo.shape[:2]
        strokes = np.zeros((2, height, width), bool)
        box = self._args.box
        if box and (box[0] >= width or box[1] >= height):
            raise UserError(f"--box {_text(box)}: lies outside {photo_path}, which is {width} x {height} pixels")
        if self._args.strokes:
            for part, read in zip(strokes, read_strokes(self._args.strokes), strict=True):
                part |= fitted(self._args.strokes, read, photo.shape)
        for part, name in zip(strokes, ("inside", "outside"), strict=True):
            for x, y in getattr(self._args, name) or ():
                if x >= width or y >= height:
                    raise UserError(f"--{name} {x},{y}: lies outside {photo_path}, which is {width} x {height} pixels")
                rows, columns = np.ogrid[:height, :width]
                part |= np.hypot(rows - y, columns - x) <= max(1, _CLICK * max(height, width))
        try:
            mask = segment(photo, box, *strokes)
        except ValueError as error:
            raise UserError(
                f"{photo_path}: the marks leave no background or no object; give a --box, or strokes or clicks on both"
            ) from error
        trimap = trimap_of(photo, mask, self._args.width)
        for part, level in zip(strokes, (FOREGROUND, BACKGROUND), strict=True):
            trimap[part] = level
        return trimap


def _mask(photo, photo_path, path):
    levels = read_transparency(photo_path) if path is None else read_any_mask(path)
    path = path or photo_path
    if levels.min() == levels.max():
        what = "its alpha channel" if path == photo_path else "the mask"
        raise UserError(f"{path}: {what} is {levels.min()} everywhere; expected black and white")
    return fitted(path, levels, photo.shape)


def _text(numbers):
    return ",".join(map(str, numbers))
