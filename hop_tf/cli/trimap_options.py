"""The options from which `hop_tf.cli.trimap_sources` makes trimaps."""

import argparse
import functools
import re
from pathlib import Path

from hop_tf.cli.arguments import InsteadOf
from hop_tf.trimaps.rembg import DEFAULT_MODEL

OWN_ALPHA, MODEL = "alpha", "rembg"
WAYS = "--box X,Y,W,H, --strokes FILE, --inside X,Y with --outside X,Y, or --trimap-from MASK|alpha|rembg"


def add_arguments(parser: argparse.ArgumentParser, positional: argparse.Action | None = None) -> None:
    """Add the options.

    Args:
        parser: the parser.
        positional: an argument that each of these options replaces.
    """
    action = "store" if positional is None else functools.partial(InsteadOf, positional)
    append = "append" if positional is None else functools.partial(_AppendInsteadOf, positional)
    group = parser.add_argument_group("no trimap? make one")
    group.add_argument(
        "--box",
        metavar="X,Y,W,H",
        type=_box,
        action=action,
        help="from a box around the object, in pixels; with --trimap-from rembg, the box says which object is meant",
    )
    group.add_argument(
        "--strokes",
        metavar="FILE",
        type=Path,
        action=action,
        help="from a picture of strokes in the photo's shape: green or white on the object, red or black on the "
        "background, transparent or grey elsewhere; goes with --box, and corrects what --trimap-from finds",
    )
    for name, where in (("--inside", "object"), ("--outside", "background")):
        group.add_argument(
            name,
            metavar="X,Y",
            type=_point,
            action=append,
            help=f"a click on the {where}, in pixels; may be repeated, and goes with the other options",
        )
    group.add_argument(
        "--trimap-from",
        "--mask",
        metavar="MASK|alpha|rembg",
        action=action,
        help="from a mask of any size and any two levels or colours, the darker is background (a folder of masks if "
        "PHOTO is a folder); with the word alpha, from the photo's own alpha channel; with the word rembg, from the "
        f"most prominent object that the model {DEFAULT_MODEL} of the package rembg finds (rembg:NAME for another "
        "model)",
    )
    group.add_argument(
        "--width",
        metavar="PX",
        type=pixels,
        help="width of the unknown region on each side of the edge, in pixels; default: 1 %% to 3.5 %% of the photo's "
        "longer side, by how much the colours overlap there; with rembg, 1 %% of that or of the box's",
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


def origin(trimap_from: str | None) -> str:
    """Return what trimaps are made from, for the records of results: such as "masks" or "rembg:u2netp".

    Args:
        trimap_from: the argument of --trimap-from, or `None` if trimaps are given.
    """
    if trimap_from is None:
        return "trimaps"
    if trimap_from == OWN_ALPHA:
        return "alpha channels"
    model = model_of(trimap_from)
    return f"{MODEL}:{model}" if model else "masks"


def model_of(trimap_from: str | None) -> str | None:
    """Return the name of the model that an argument of --trimap-from asks for, or `None`."""
    word, colon, name = (trimap_from or "").partition(":")
    if word != MODEL:
        return None
    return name if colon else DEFAULT_MODEL
