"""The demo page: its layout and its events."""

import functools
import html
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from PIL import Image

from hop_tf.demo import look, matting
from hop_tf.demo.painting import tinted, trimap_of
from hop_tf.errors import UserError
from hop_tf.inference.find_alpha import AlphaPredictor
from hop_tf.pictures.trimap_check import check_trimap

EXAMPLE = [str(files("hop_tf.examples") / name) for name in ("macaws.jpg", "macaws_trimap.png")]
SHOWN_SIDE = 1024  # longer side, in pixels, of the picture to paint on


class Found(NamedTuple):
    """A finished matte, kept to try other backgrounds."""

    stem: str
    photo: np.ndarray
    alpha: np.ndarray
    files: list[str]


def build_page(predictor: AlphaPredictor, folder: str, max_megapixels: float) -> gr.Blocks:
    """Lay out the page.

    Args:
        predictor: `hop_tf.Predictor`, or any object with its method `predict`.
        folder: where results are written, one subfolder per run. It must lie within `tempfile.gettempdir()`, the only
            place that Gradio serves files from.
        max_megapixels: size of the largest photo that the page accepts.

    Returns:
        The page, which `launch_page` starts.
    """

    @_one_line_errors
    def show(photo_path, trimap_path):
        """Return a new picture to paint on, without the strokes over an earlier photo."""
        if photo_path is None:
            return None
        photo, trimap = matting.read_pair(photo_path, trimap_path, "background", max_megapixels)
        shown = Image.fromarray(photo)
        shown.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
        background = np.asarray(shown)
        return {
            "background": background if trimap_path is None else tinted(background, trimap),
            "layers": [],
            "composite": None,
        }

    @_one_line_errors
    def find(photo_path, trimap_path, painted, not_painted, colour, picture_path):
        if photo_path is None:
            raise UserError("there is no photo yet; drop one into the Photo field")
        photo, beneath = matting.read_pair(photo_path, trimap_path, not_painted, max_megapixels)
        trimap = trimap_of(painted["layers"][0] if painted and painted["layers"] else None, beneath)
        background = matting.background_of(colour, picture_path, max_megapixels)
        alpha = matting.matte(predictor, photo, trimap)
        if oddity := check_trimap(trimap):
            gr.Warning(html.escape(oddity), title="trimap")
        to, stem = tempfile.mkdtemp(dir=folder), Path(photo_path).stem
        files = matting.write_results(to, stem, photo, trimap, alpha)
        composite = matting.write_composite(to, stem, photo, alpha, background)
        found = Found(stem, photo, alpha, files)
        return found, *files, composite, [*files, composite]

    @_one_line_errors
    def exchange_background(found, colour, picture_path):
        if found is None:
            return None, None
        background = matting.background_of(colour, picture_path, max_megapixels)
        to = tempfile.mkdtemp(dir=folder)  # a new address, since browsers cache pictures by address
        composite = matting.write_composite(to, found.stem, found.photo, found.alpha, background)
        return composite, [*found.files, composite]

    with gr.Blocks(title="HOP-TF: matte a photo", analytics_enabled=False) as page:
        gr.Markdown(look.steps())
        found = gr.State()
        quiet: dict[str, Any] = {"api_visibility": "private"}
        with gr.Row():
            with gr.Column(scale=3, min_width=340):
                with gr.Row():
                    photo = look.upload("Photo", "photo")
                    trimap = look.upload("Its trimap (optional)", "trimap")
                painted = gr.ImageEditor(
                    label="Paint the trimap here",
                    elem_id="painted",
                    sources=(),
                    transforms=(),
                    layers=False,
                    format="png",
                    height="min(480px, 100vw)",
                    placeholder="# Drop a photo above",
                    brush=look.brush(),
                )
                not_painted = gr.Radio(
                    ["background", "unknown", "foreground"], value="background", label="Unpainted areas are"
                )
                shown = [photo, trimap], painted
                with gr.Row():
                    start = gr.Button("Find the matte", variant="primary", elem_id="start")
                    example = gr.Button("Show the example", elem_id="example")
                    example.click(lambda: EXAMPLE, None, [photo, trimap], **quiet).then(
                        show, *shown, show_progress="hidden", **quiet
                    )
            with gr.Column(scale=2, min_width=340):
                with gr.Tabs():
                    with gr.Tab("Matte"):
                        alpha = look.picture("alpha")
                    with gr.Tab("Cut-out"):
                        cutout = look.picture("cutout")
                    with gr.Tab("On a background"):
                        composite = look.picture("composite")
                        with gr.Row():
                            colour = gr.ColorPicker("#d2e1eb", label="Colour")
                            picture = look.upload("Or a picture", "picture")
                    with gr.Tab("Trimap"):
                        made = look.picture("made")
                downloads = gr.File(label="Download (PNG)", interactive=False, file_count="multiple", elem_id="files")
        actions = [start.click, example.click, colour.change]
        actions += [event for upload in (photo, trimap, picture) for event in (upload.upload, upload.clear)]
        gr.on(actions, None, js=look.CLOSE_MESSAGES, **quiet)
        for upload in (photo, trimap):
            gr.on([upload.upload, upload.clear], show, *shown, show_progress="hidden", **quiet)
        start.click(
            find,
            [photo, trimap, painted, not_painted, colour, picture],
            [found, alpha, cutout, made, composite, downloads],
            **quiet,
        )
        for control in (colour, picture):
            control.change(
                exchange_background,
                [found, colour, picture],
                [composite, downloads],
                trigger_mode="always_last",
                **quiet,
            )
    return page


def launch_page(page: gr.Blocks, host: str, port: int, max_megapixels: float) -> str:
    """Start the server of a page in the background.

    Args:
        page: the page, from `build_page`.
        host: address to listen on.
        port: port to listen on.
        max_megapixels: as in `build_page`; also limits the bytes of an upload.

    Returns:
        The address of the page.

    Raises:
        OSError: if the port is taken or the host is not an address of this machine.
    """
    theme = gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        ssr_mode=False,
        footer_links=[],
        allowed_paths=EXAMPLE,
        max_file_size=int(max_megapixels * 1e6 * 8),  # uncompressed 16-bit RGBA
        theme=theme,
        css=look.CSS,
        js=look.PAINT_FROM_OUTSIDE,
    )
    return address


def _one_line_errors(handle: Callable) -> Callable:
    """Show a user's errors in one line, as the command line does, until they are dismissed."""

    @functools.wraps(handle)
    def wrapped(*args):
        try:
            return handle(*args)
        except UserError as error:
            raise gr.Error(html.escape(str(error)), duration=None, title="error", print_exception=False) from error

    return wrapped
