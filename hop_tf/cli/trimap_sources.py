"""The trimaps that commands make from a box, strokes, clicks, masks or a model."""

import argparse
from pathlib import Path

import numpy as np

from hop_tf.cli.trimap_options import MODEL, model_of, origin
from hop_tf.errors import UserError
from hop_tf.pictures.reading import read_photo, read_transparency
from hop_tf.trimaps.band import trimap_of
from hop_tf.trimaps.corrections import correct
from hop_tf.trimaps.masks import fitted, read_any_mask
from hop_tf.trimaps.rembg import DEFAULT_MODEL, RembgModel, band_width
from hop_tf.trimaps.segmentation import segment
from hop_tf.trimaps.strokes import read_strokes

_CLICK = 0.01  # radius, as a share of the longer side


class TrimapSource:
    """A way to make trimaps.

    Args:
        args: the parsed options of `trimap_options.add_arguments`.

    Attributes:
        path: file or folder of the masks; `None` if trimaps come from marks, a model or the photos' alpha channels.
        is_given: whether the options name a way.
        is_of_one_photo: whether there are marks (a box, strokes or clicks), which fit one photo only.

    Raises:
        UserError: if the options contradict each other.
    """

    def __init__(self, args: argparse.Namespace):
        self._args = args
        self.is_of_one_photo = any(x is not None for x in (args.box, args.strokes, args.inside, args.outside))
        self.is_given = self.is_of_one_photo or args.trimap_from is not None
        if args.box and args.trimap_from is not None and not model_of(args.trimap_from):
            raise UserError(
                f"--box: not allowed with --trimap-from {args.trimap_from}; only {MODEL} takes a box; "
                "correct a mask with --strokes, --inside and --outside"
            )
        if args.trimap_from == MODEL and Path(MODEL).exists():
            raise UserError(
                f"--trimap-from {MODEL}: names a model, but there is also a file or folder {MODEL}; "
                f"write ./{MODEL} for that, or {MODEL}:{DEFAULT_MODEL} for the model"
            )
        self._model: RembgModel | None = None
        self.path = Path(args.trimap_from) if origin(args.trimap_from) == "masks" else None

    @property
    def inputs(self) -> list[Path]:
        """Files and folders that are read, besides the photo."""
        return [path for path in (self.path, self._args.strokes) if path]

    def load(self) -> None:
        """Load the model that finds the masks, if there is one. Call it before threads read photos.

        Raises:
            UserError: as in `RembgModel`.
        """
        name = model_of(self._args.trimap_from)
        if name and self._model is None:
            self._model = RembgModel(name)

    def read_with_photo(self, photo_path: Path, path: Path | None) -> tuple[np.ndarray, np.ndarray]:
        """Read a photo and make its trimap.

        Args:
            photo_path: file of the photo.
            path: file of the mask; `None` for marks, a model or the photo's own alpha channel.

        Returns:
            The photo, uint8 or uint16 `[height, width, 3]`, and the trimap, uint8 `[height, width]`.

        Raises:
            UserError: if a file cannot be used, or the marks or the mask do not fit the photo.
        """
        photo = read_photo(photo_path, keep_depth=True)
        self.load()
        box, strokes = self._box_on(photo, photo_path), self._strokes_on(photo, photo_path)
        width = self._args.width
        if self._model:
            mask = self._model.mask(photo, box)
            if not mask.any():
                remedy = "; draw a --box around it" if box is None else " in the --box; leave out --trimap-from"
                raise UserError(f"{photo_path}: the model finds no object{remedy}")
            width = band_width(photo, box, bool(strokes)) if width is None else width
        elif self._args.trimap_from is None:
            mask = _segment(photo, photo_path, box, strokes)
        else:
            mask = _mask(photo, photo_path, path)
        if strokes and self._args.trimap_from is not None:
            mask = correct(photo, mask, *strokes, box, clicks=self._args.strokes is None)
        return photo, trimap_of(photo, mask, width, *strokes)

    def _box_on(self, photo, photo_path):
        (height, width), box = photo.shape[:2], self._args.box
        if box and (box[0] >= width or box[1] >= height):
            raise UserError(f"--box {_text(box)}: lies outside {photo_path}, which is {width} x {height} pixels")
        return box

    def _strokes_on(self, photo, photo_path):
        """Return the strokes and clicks on object and background, or nothing if there are none."""
        if all(x is None for x in (self._args.strokes, self._args.inside, self._args.outside)):
            return ()
        height, width = photo.shape[:2]
        strokes = np.zeros((2, height, width), bool)
        if self._args.strokes:
            for part, read in zip(strokes, read_strokes(self._args.strokes), strict=True):
                part |= fitted(self._args.strokes, read, photo.shape)
        for part, name in zip(strokes, ("inside", "outside"), strict=True):
            for x, y in getattr(self._args, name) or ():
                if x >= width or y >= height:
                    raise UserError(f"--{name} {x},{y}: lies outside {photo_path}, which is {width} x {height} pixels")
                rows, columns = np.ogrid[:height, :width]
                part |= np.hypot(rows - y, columns - x) <= max(1, _CLICK * max(height, width))
        return tuple(strokes)


def _segment(photo, photo_path, box, strokes):
    try:
        return segment(photo, box, *strokes)
    except ValueError as error:
        raise UserError(
            f"{photo_path}: the marks leave no background or no object; give a --box, or strokes or clicks on both"
        ) from error


def _mask(photo, photo_path, path):
    levels = read_transparency(photo_path) if path is None else read_any_mask(path)
    path = path or photo_path
    if levels.min() == levels.max():
        what = "its alpha channel" if path == photo_path else "the mask"
        raise UserError(f"{path}: {what} is {levels.min()} everywhere; expected black and white")
    return fitted(path, levels, photo.shape)


def _text(numbers):
    return ",".join(map(str, numbers))
