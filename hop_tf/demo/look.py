"""The texts, colours and controls of the page."""

import gradio as gr

from hop_tf.demo.painting import COLOURS, OPACITY

STEPS = """\
# Matte a photo
1. **Drop a photo**, and its trimap if you have one; or see the example.
2. **Paint** along the outline with {unknown}, over hair and fur in their full width; then fill what is certain with
   {foreground}. What is {background} may stay as it is.
3. **Find the matte.** It has the full size of the photo, which is shown smaller here if it is large.
"""

# Squares behind the cut-out make its transparency visible.
CSS = """
.key {display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .25em}
#cutout img {background: repeating-conic-gradient(#ccc 0 25%, #fff 0 50%) 0 0 / 20px 20px}
"""


def steps():
    """What to do, as Markdown, each brush's name with its colour."""
    key = '<span class="key" style="background: {}"></span>**{}**'
    return STEPS.format(**{name: key.format(_hex(colour), name) for name, colour in COLOURS.items()})


def brush():
    """The brush, which has one colour for each kind of region."""
    colours = [(_hex(COLOURS[name]), OPACITY) for name in ("unknown", "foreground", "background")]
    return gr.Brush(colors=colours, default_color=colours[0], color_mode="fixed")


def upload(label, name):
    """A field for a file."""
    return gr.File(label=label, height=150, min_width=250, elem_id=name)


def picture(name):
    """A field that shows a result."""
    return gr.Image(
        show_label=False, interactive=False, buttons=["fullscreen"], elem_id=name, height="min(420px, 80vw)"
    )


def _hex(colour):
    return "#" + bytes(colour).hex()
