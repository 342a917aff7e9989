"""What the page does when a visitor chooses a photo, marks it or cuts it out. Independent of the layout."""

import functools
import html
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from hop_tf.demo import matting
from hop_tf.demo.canvas import show_photo, show_trimap
from hop_tf.demo.marks import read_marks
from hop_tf.demo.painting import advice, trimap_from_marks
from hop_tf.demo.state import Found, Shown, shown_copy
from hop_tf.errors import UserError
from hop_tf.inference.find_alpha import AlphaPredictor
from hop_tf.pictures.trimap_check import check_trimap


def one_line_errors(handle: Callable) -> Callable:
    """Show a user's errors in one line, as the command line does, until they are dismissed."""

    @functools.wraps(handle)
    def wrapped(*args):
        try:
            return handle(*args)
        except UserError as error:
            raise gr.Error(html.escape(str(error)), duration=None, title="error", print_exception=False) from error

    return wrapped


class Events:
    """The handlers of one page's events. They keep nothing: each visitor's `gr.State` goes in and comes out.

    Args:
        predictor: `hop_tf.Predictor`, or any object with its method `predict`.
        folder: where results are written, one subfolder per run.
        max_megapixels: size of the largest photo.
    """

    def __init__(self, predictor: AlphaPredictor, folder: str, max_megapixels: float):
        self.predictor = predictor
        self.folder = folder
        self.max_megapixels = max_megapixels

    @one_line_errors
    def open(self, photo_path: str | None, trimap_path: str | None, width: float) -> tuple[Shown, dict[str, Any]]:
        """Show a photo, and the trimap or mask given with it, without marks."""
        shown = shown_copy(*matting.read_pair(photo_path, trimap_path, self.max_megapixels))
        update = show_photo(shown.photo, shown.size) | _follow(shown, None, width)
        return shown, gr.update(**update)

    def follow(self, shown: Shown | None, value: Any, width: float) -> dict[str, Any]:
        """Show the trimap of the marks so far."""
        return gr.skip() if shown is None else gr.update(**_follow(shown, value, width))

    @one_line_errors
    def cut_out(
        self, photo_path: str | None, trimap_path: str | None, value: Any, width: float, previous: Found | None = None
    ):
        """Matte the photo in its full size; return the matte and the paths of the alpha matte and the trimap.

        The files of the visitor's previous matte are removed.
        """
        photo, given = matting.read_pair(photo_path, trimap_path, self.max_megapixels)
        marks = read_marks(value)
        if given is None and not marks:
            raise UserError("nothing is marked yet; drag a box around the object first")
        trimap = trimap_from_marks(photo, marks, given, _pixels(width, photo))
        alpha = matting.matte(self.predictor, photo, trimap)
        if oddity := check_trimap(trimap):
            gr.Warning(html.escape(oddity), title="trimap")
        stem = Path(str(photo_path)).stem
        files = matting.write_results(tempfile.mkdtemp(dir=self.folder), stem, photo, trimap, alpha)
        remove_files(previous)
        return Found(stem, photo, alpha, files), files["alpha"], files["trimap"]

    @one_line_errors
    def put_on(self, found: Found | None, kind: str, colour: str, picture_path: str | None):
        """Put the cut-out on a background; return the path to show, to download, and all paths."""
        if found is None:
            return None, gr.update(value=None, interactive=False), None
        background = matting.background_of(kind, colour, picture_path, self.max_megapixels)
        files, path = list(found.files.values()), found.files["cutout"]
        if background is not None:
            folder = Path(found.files["cutout"]).parent
            for composite in filter(Path.is_dir, folder.iterdir()):
                shutil.rmtree(composite, ignore_errors=True)
            to = tempfile.mkdtemp(dir=folder)  # a new address, since browsers cache pictures by address
            path = matting.write_composite(to, found.stem, found.photo, found.alpha, background)
            files = [path, *files]
        return path, gr.update(value=path, interactive=True), files


def remove_files(found: Found | None) -> None:
    """Remove the files of a matte and its composite."""
    if found is not None:
        shutil.rmtree(Path(found.files["cutout"]).parent, ignore_errors=True)


def _follow(shown: Shown, value: Any, width: float) -> dict[str, Any]:
    marks = read_marks(value)
    if not marks and shown.given is None:
        return show_trimap(None, 0)
    pixels = _pixels(width, shown.photo)
    try:
        trimap = trimap_from_marks(shown.photo, marks, shown.given, pixels, shown.scale, shown.segment)
    except UserError as error:
        return show_trimap(None, 0, str(error))
    return show_trimap(trimap, len(marks), advice(marks, trimap))


def _pixels(width: float, photo: np.ndarray) -> float | None:
    """Return a width given in percent of a photo's longer side, in pixels; `None`, for 0, lets it be chosen."""
    return width / 100 * max(photo.shape[:2]) or None
