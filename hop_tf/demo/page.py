"""The demo page: its layout, and which event each control starts."""

from importlib.resources import files
from typing import Any

import gradio as gr

from hop_tf.demo import look
from hop_tf.demo.canvas import canvas
from hop_tf.demo.events import Events, remove_files
from hop_tf.inference.find_alpha import AlphaPredictor

EXAMPLE = [str(files("hop_tf.examples") / name) for name in ("macaws.jpg", "macaws_trimap.png")]
PHOTO, TRIMAP = "Choose a photo", "Trimap or mask"
BACKGROUNDS = ["Transparent", "White", "Colour", "Picture"]


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
    events = Events(predictor, folder, max_megapixels)
    with gr.Blocks(title="HOP-TF: cut out a photo", analytics_enabled=False) as page:
        shown, found = gr.State(), gr.State(delete_callback=remove_files)
        gr.Markdown(look.STEPS, elem_id="steps")
        with gr.Row():
            with gr.Column(scale=3, min_width=340):
                with gr.Row():
                    photo = gr.UploadButton(PHOTO, elem_id="photo", size="md", min_width=90)
                    trimap = gr.UploadButton(TRIMAP, elem_id="trimap", size="md", min_width=90)
                    example = gr.Button("Example", elem_id="example", size="md", min_width=90)
                marked = canvas("marked", PHOTO)
                width = gr.Slider(
                    0, 10, value=0, step=0.25, label="Width of the unknown band, in % of the photo", info=look.BAND
                )
            with gr.Column(scale=2, min_width=340):
                start = gr.Button("Cut out the object", variant="primary", size="md", elem_id="start")
                with gr.Tabs():
                    with gr.Tab("Cut-out"):
                        result = _picture("result")
                        background = gr.Radio(
                            BACKGROUNDS, value="Transparent", label="Background", elem_id="background"
                        )
                        colour = gr.ColorPicker("#d2e1eb", label="Colour", visible=False)
                        picture = gr.File(label="Picture", height=120, elem_id="picture", visible=False)
                        download = gr.DownloadButton("Download this picture", elem_id="download", interactive=False)
                    with gr.Tab("Matte"):
                        alpha = _picture("alpha")
                    with gr.Tab("Trimap"):
                        made = _picture("made")
                downloads = gr.File(label="All files (PNG)", interactive=False, file_count="multiple", elem_id="files")

        quiet: dict[str, Any] = {"api_visibility": "private"}
        hidden = {**quiet, "show_progress": "hidden"}
        opening: dict[str, Any] = {
            "fn": events.open,
            "inputs": [photo, trimap, width],
            "outputs": [shown, marked],
            **hidden,
        }
        results = [found, alpha, made]
        backgrounds: dict[str, Any] = {
            "fn": events.put_on,
            "inputs": [found, background, colour, picture],
            "outputs": [result, download, downloads],
            **quiet,
        }
        no_results = [None] * len(results)

        actions = [photo.upload, trimap.upload, picture.upload, picture.clear]
        actions += [example.click, start.click, marked.input, marked.clear, background.change]
        gr.on(actions, None, js=look.CLOSE_MESSAGES, **quiet)
        photo.upload(lambda: None, None, trimap, **hidden).then(**opening)
        trimap.upload(**opening)
        example.click(lambda: EXAMPLE, None, [photo, trimap], **hidden).then(**opening)

        def forget(previous):
            remove_files(previous)
            return no_results

        gr.on([photo.upload, example.click], forget, found, results, **hidden).then(**backgrounds)
        gr.on(
            [marked.input, width.change],
            events.follow,
            [shown, marked, width],
            marked,
            trigger_mode="always_last",
            concurrency_limit=None,
            **hidden,
        )
        marked.clear(lambda: None, None, trimap, **hidden).then(**opening)
        start.click(events.cut_out, [photo, trimap, marked, width, found], results, **quiet).success(**backgrounds)
        background.change(
            lambda kind: [gr.update(visible=kind == "Colour"), gr.update(visible=kind == "Picture")],
            background,
            [colour, picture],
            **hidden,
        )
        gr.on([background.change, colour.change, picture.change], trigger_mode="always_last", **backgrounds)
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
    )
    return address


def _picture(name: str) -> gr.Image:
    """Return a field that shows a result."""
    return gr.Image(
        show_label=False, interactive=False, buttons=["fullscreen"], elem_id=name, height="min(58vh, 100vw)"
    )
