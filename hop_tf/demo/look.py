"""Texts and style of the demo page."""

STEPS = """\
**1&nbsp;Choose a photo.** &ensp; **2&nbsp;Drag a box around the object**, then correct it with strokes. Hair, fur and
soft edges must be <span class="key"></span>Unknown. &ensp; **3&nbsp;Cut it out**, and put it on white."""

BAND = "0 chooses it. Make it wider for hair and fur."

# Gradio shows an error until it is closed. One that is still true appears again.
CLOSE_MESSAGES = "() => document.querySelectorAll('[data-testid=toast-close]').forEach(button => button.click())"

# Messages must not cover the main button. The checkerboard behind the cut-out makes its transparency visible.
CSS = """
.toast-wrap {top: auto !important; bottom: var(--size-4)}
#steps, #marked > .html-container {padding: 0}
#steps .key {display: inline-block; width: .8em; height: .8em; margin: 0 .25em; background: #ffd200}
#result img {width: auto; height: auto; max-width: 100%; max-height: 100%; margin: auto}
#result img {background: repeating-conic-gradient(#ccc 0 25%, #fff 0 50%) 0 0 / 20px 20px}
"""
