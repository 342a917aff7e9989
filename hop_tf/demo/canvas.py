"""The canvas of the page, on which a visitor marks the object.

Gradio's `ImageEditor` has no box, hides its colours, and loses strokes and zoom whenever the picture under them
changes, which a trimap that follows every stroke does. So the canvas is a custom `gr.HTML` component.
"""

import base64
import io
import itertools
from importlib.resources import files
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from hop_tf.demo.painting import COLOURS, overlay

_answers = itertools.count(1)


def canvas(elem_id: str, chooser: str) -> gr.HTML:
    """Return the canvas. Its value holds the marks for `hop_tf.demo.marks.read_marks`.

    It triggers `input` after each mark and each undo, and `clear` when everything is to start over.

    Args:
        elem_id: its id on the page.
        chooser: label of the `gr.UploadButton` that takes photos dropped on the empty canvas.
    """
    html, css, js = (
        files("hop_tf.demo").joinpath(f"canvas.{kind}").read_text("utf-8") for kind in ("html", "css", "js")
    )
    return gr.HTML(
        html_template=html,
        css_template=css,
        js_on_load=js,
        apply_default_css=False,
        elem_id=elem_id,
        chooser=chooser,
        colours=COLOURS,
        photo="",
        size=[3, 2],
        overlay="",
        seen=0,
        message="",
        answer=0,
    )


def show_photo(photo: np.ndarray, size: tuple[int, int]) -> dict[str, Any]:
    """Return the update of the canvas that shows a photo without marks.

    Args:
        photo: uint8 `[height, width, 3]`, RGB, a copy that may be smaller than the photo.
        size: (width, height) of the photo, in which the canvas counts.
    """
    return {"photo": _url(Image.fromarray(photo), "JPEG", quality=90), "size": size}


def show_trimap(trimap: np.ndarray | None, seen: int, message: str = "") -> dict[str, Any]:
    """Return the update of the canvas that shows the trimap of the first `seen` marks, and a hint."""
    url = "" if trimap is None else _url(overlay(trimap), "PNG")
    return {"overlay": url, "seen": seen, "message": message, "answer": next(_answers)}


def _url(image: Image.Image, kind: str, **options) -> str:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
