"""Results of `hop-tf matte`: the alpha, a cut-out, or a composite on another background."""

import argparse
from pathlib import Path

import numpy as np
from PIL import ImageColor

from hop_tf.errors import UserError
from hop_tf.pictures import foreground
from hop_tf.pictures.eight_bit import to_uint8
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


class Result:
    """The kind of picture that the arguments ask for.

    Args:
        args: the parsed arguments.

    Attributes:
        kind: `"alpha"`, `"cutout"` or `"composite"`; also the ending of the default output's name.
        background_path: file of the background, or `None`.

    Raises:
        UserError: if PyMatting is needed but not installed, or the background is neither an opaque colour nor a
            picture.
    """

    def __init__(self, args: argparse.Namespace):
        self.kind = "cutout" if args.cutout else "alpha" if args.background is None else "composite"
        self.background_path: Path | None = None
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
            return read_photo(self.background_path)
        if len(colour) > 3:
            raise UserError(f"--background {text}: the colour has transparency; expected an opaque one")
        return colour

    def picture(self, photo: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        """Return the uint8 picture to write for a uint8 photo and its float32 alpha."""
        if self.kind == "cutout":
            return foreground.cutout(photo, alpha)
        if self.kind == "composite":
            return foreground.composite(photo, alpha, self._background)
        return to_uint8(alpha)
