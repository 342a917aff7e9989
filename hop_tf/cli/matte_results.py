"""What `matte` writes: the alpha, a cutout, or a composite on another background."""

from pathlib import Path

import numpy as np
from PIL import ImageColor

from hop_tf.errors import UserError
from hop_tf.pictures import foreground
from hop_tf.pictures.reading import read_photo


def add_arguments(parser):
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--cutout",
        action="store_true",
        help="write an RGBA picture instead: the foreground's colours, freed of the old background, with alpha as "
        "transparency",
    )
    group.add_argument(
        "--background",
        metavar="COLOR|FILE",
        help="write an RGB picture instead: the foreground on a colour (white, '#20a0ff') or a picture, scaled "
        "and cropped to the photo's size",
    )


class Result:
    """The kind of picture that the arguments ask for.

    Attributes:
        kind: str, alpha, cutout or composite: the end of the default output's name.
        background_path: `Path` of the background's file, or None.
    """

    def __init__(self, args):
        self.kind = "cutout" if args.cutout else "alpha" if args.background is None else "composite"
        self.background_path = None
        if self.kind == "alpha":
            return
        try:
            foreground.check_installed()
        except ImportError as error:
            raise UserError(str(error)) from error
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

    def picture(self, photo, alpha):
        """The uint8 picture to write, of a photo and its float32 alpha."""
        if self.kind == "cutout":
            return foreground.cutout(photo, alpha)
        if self.kind == "composite":
            return foreground.composite(photo, alpha, self._background)
        return np.round(alpha * 255).astype(np.uint8)
