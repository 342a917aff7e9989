"""Trimaps for `hop-tf matte`: from files, or made from a box, strokes, clicks, masks or a model's mask."""

import argparse
from pathlib import Path
from typing import NoReturn

import numpy as np

from hop_tf.cli import trimap_options
from hop_tf.cli.trimap_sources import TrimapSource
from hop_tf.errors import UserError
from hop_tf.pictures.reading import check_same_size, read_photo, read_trimap
from hop_tf.pictures.trimap import widen_unknown
from hop_tf.pictures.trimap_check import check_trimap


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `Trimaps` reads."""
    trimap = parser.add_argument(
        "trimap",
        metavar="TRIMAP",
        type=Path,
        help="the trimap, or a folder of trimaps named like the photos; omit it with the options that make one",
    )
    trimap_options.add_arguments(parser, trimap)
    parser.add_argument(
        "--dilate-unknown",
        metavar="PX",
        type=trimap_options.pixels,
        default=0,
        help="widen the unknown region of a trimap by PX pixels",
    )
    report = parser.error

    def error(message: str) -> NoReturn:
        if message.endswith("required: TRIMAP"):
            raise UserError(f"missing TRIMAP; give one, or make one with {trimap_options.WAYS}")
        report(message)

    parser.error = error  # type: ignore[method-assign, assignment]


class Trimaps:
    """The trimaps that the arguments ask for.

    Args:
        args: the parsed arguments.

    Attributes:
        path: file or folder of the trimaps or masks; `None` if trimaps come from marks, a model or the photos' alpha
            channels.

    Raises:
        UserError: if the arguments contradict each other.
    """

    def __init__(self, args: argparse.Namespace):
        source = TrimapSource(args)
        if args.trimap is not None and source.is_given:
            option = "--trimap-from" if args.trimap_from is not None else "a box, strokes or clicks"
            raise UserError(f"{args.trimap}: with {option} expected no trimap; leave out one of the two")
        if args.width is not None and not source.is_given:
            raise UserError("--width belongs to --trimap-from, --box and --strokes; a TRIMAP has --dilate-unknown")
        if source.is_of_one_photo and args.photo.is_dir():
            raise UserError(
                f"{args.photo}: is a folder; a box, strokes and clicks fit one photo; use --trimap-from without them"
            )
        self._source = source if source.is_given else None
        self._dilate = args.dilate_unknown
        self.path = source.path if source.is_given else args.trimap

    def load(self) -> None:
        """Load the model that finds the masks, if there is one; see `TrimapSource.load`."""
        if self._source:
            self._source.load()

    def read_with_photo(self, photo_path: Path, path: Path | None) -> tuple[np.ndarray, np.ndarray, str | None]:
        """Read a photo and its trimap.

        Args:
            photo_path: file of the photo.
            path: file of the trimap or mask; `None` for marks, a model or the photo's own alpha channel.

        Returns:
            The photo, uint8 or uint16 `[height, width, 3]`, the trimap, uint8 `[height, width]`, and a warning or
            `None`.

        Raises:
            UserError: if one of them cannot be used, or they differ in size.
        """
        if self._source:
            photo, trimap = self._source.read_with_photo(photo_path, path)
        else:
            photo, trimap = read_photo(photo_path, keep_depth=True), read_trimap(path)
            check_same_size(path, trimap, photo_path, photo)
        path = path or photo_path
        try:
            oddity = check_trimap(trimap)
        except ValueError as error:
            raise UserError(f"{path}: {error}") from error
        if oddity and self._source:
            oddity = f"the trimap made of it: {oddity}; try another --width"
        if self._dilate:
            trimap = widen_unknown(trimap, self._dilate)
        return photo, trimap, oddity and f"{path}: {oddity}"
