"""Texts, colours and controls of the demo page."""

import gradio as gr

from hop_tf.demo.painting import COLOURS, OPACITY

STEPS = """\
# Matte a photo
1. **Drop a photo**, and its trimap if you have one. Or see the example.
2. **Paint** along the outline with {unknown}, and cover hair and fur in their full width. Then fill what is certain
   with {foreground}. Leave the {background} unpainted.
3. **Find the matte.** It has the full size of the photo. Large photos are only shown smaller here.
"""

# Gradio shows an error until it is closed. One that is still true appears again.
CLOSE_MESSAGES = "() => document.querySelectorAll('[data-testid=toast-close]').forEach(button => button.click())"

# Gradio starts no stroke outside the photo. It looks where the pointer last moved, so a move to the middle of the
# canvas, which the photo always covers, comes before each press. Strokes are clipped by the layer they are drawn into.
PAINT_FROM_OUTSIDE = """() => document.addEventListener("pointerdown", press => {
    const {target, pointerId, pointerType, isPrimary, buttons} = press;
    if (!target.matches("#painted canvas")) return;
    const move = (clientX, clientY) => target.dispatchEvent(new PointerEvent(
        "pointermove", {pointerId, pointerType, isPrimary, buttons, clientX, clientY, bubbles: true}
    ));
    const {left, top, width, height} = target.getBoundingClientRect();
    move(left + width / 2, top + height / 2);
    setTimeout(() => move(press.clientX, press.clientY));  // and the brush back to where it is pressed
}, true)"""

# The checkerboard behind the cut-out makes its transparency visible.
CSS = """
.key {display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .25em}
#cutout img {background: repeating-conic-gradient(#ccc 0 25%, #fff 0 50%) 0 0 / 20px 20px}
"""


def steps() -> str:
    """Return the instructions as Markdown, with the colour of each brush beside its name."""
    key = '<span class="key" style="background: {}"></span>**{}**'
    return STEPS.format(**{name: key.format(_hex(colour), name) for name, colour in COLOURS.items()})


def brush() -> gr.Brush:
    """Return the brush, with one colour per region."""
    colours: list[str | tuple[str, float]] = [
        (_hex(COLOURS[name]), OPACITY) for name in ("unknown", "foreground", "background")
    ]
    return gr.Brush(colors=colours, default_color=colours[0], color_mode="fixed")


def upload(label: str, name: str) -> gr.File:
    """Return a field that takes a file."""
    return gr.File(label=label, height=150, min_width=250, elem_id=name)


def picture(name: str) -> gr.Image:
    """Return a field that shows a result."""
    return gr.Image(
        show_label=False, interactive=False, buttons=["fullscreen"], elem_id=name, height="min(420px, 80vw)"
    )


def _hex(colour: tuple[int, int, int]) -> str:
    return "#" + bytes(colour).hex()
