"""Results of `hop-tf matte` and `frames`: the alpha, a cut-out, or a composite on another background."""

import argparse
from pathlib import Path

import numpy as np
from PIL import ImageColor

from hop_tf.errors import UserError
from hop_tf.pictures import exr, foreground
from hop_tf.pictures.eight_bit import change_depth, to_levels
from hop_tf.pictures.reading import read_photo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `Result` reads."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--cutout",
        action="store_true",
        help="write an RGBA picture instead: foreground colours without the old background, alpha as transparency",
    )
    group.add_argument(
        "--background",
        metavar="COLOR|FILE",
        help="write an RGB picture instead: the foreground on a colour (white, '#20a0ff') or on a picture, which is "
        "scaled and cropped to the photo's size",
    )
    parser.add_argument(
        "--bits",
        type=int,
        choices=(8, 16),
        help="bits per channel of PNG and TIFF files; 16-bit photos are computed from all their bits either way; "
        "default: 8",
    )
    parser.add_argument(
        "--format",
        choices=SUFFIXES,
        help="kind of file to write; exr has half floats, linear light and premultiplied colours; default: by the name "
        "of OUT, or else png",
    )


#: Kinds of files that results are written to, and the suffixes that name them. The first is the default's.
SUFFIXES = {"png": (".png",), "tiff": (".tif", ".tiff"), "exr": (".exr",)}


class Result:
    """The kind of picture that the arguments ask for.

    Args:
        args: the parsed arguments.

    Attributes:
        kind: `"alpha"`, `"cutout"` or `"composite"`; also the ending of the default output's name.
        background_path: file of the background, or `None`.
        suffix: ending of the names of the files to write, such as `".png"`.
        depth: dtype of the pictures, uint8 or uint16.

    Raises:
        UserError: if PyMatting or OpenEXR is needed but not installed, the background is neither an opaque colour nor a
            picture, or the arguments contradict each other.
    """

    def __init__(self, args: argparse.Namespace):
        self.kind = "cutout" if args.cutout else "alpha" if args.background is None else "composite"
        self.background_path: Path | None = None
        self.suffix = _suffix(args.output, args.format)
        self.depth = np.dtype(np.uint16 if args.bits == 16 or self.suffix == exr.SUFFIX else np.uint8)
        if self.suffix == exr.SUFFIX:
            exr.check_installed()
            if args.bits == 8:
                raise UserError("--bits 8: OpenEXR files have 16 bits; leave it out")
        if self.kind == "alpha":
            return
        foreground.check_installed()
        if args.background is not None:
            self._background = self._read_background(args.background)

    def _read_background(self, text):
        try:
            colour = ImageColor.getrgb(text)
        except ValueError:
            self.background_path = Path(text)
            if not self.background_path.exists():
                raise UserError(f"--background {text}: neither a colour nor a file; expected one") from None
            return read_photo(self.background_path, keep_depth=True)
        if len(colour) > 3:
            raise UserError(f"--background {text}: the colour has transparency; expected an opaque one")
        return colour

    def picture(self, photo: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        """Return the picture to write, of dtype `depth`, for a uint8 or uint16 photo and its float32 alpha."""
        if self.kind == "alpha":
            return to_levels(alpha, self.depth)
        if self.depth == np.uint16:
            photo = change_depth(photo, self.depth)
        if self.kind == "cutout":
            picture = foreground.cutout(photo, alpha)
        else:
            picture = foreground.composite(photo, alpha, self._background)
        return change_depth(picture, self.depth)


def _suffix(output, chosen):
    """Return the suffix of the files to write."""
    named = Path(output or "").suffix.lower()
    if chosen:
        suffixes = SUFFIXES[chosen]
        if named in sum(SUFFIXES.values(), ()) and named not in suffixes:
            raise UserError(f"{output}: does not match --format {chosen}; expected {suffixes[0]}")
        return named if named in suffixes else suffixes[0]
    return named if named in sum(SUFFIXES.values(), ()) else ".png"
