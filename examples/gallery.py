"""Mattes of the bundled weights beside those of closed-form matting, as a picture.

pip install "pymatting>=1.1.13,<1.2"
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pymatting import estimate_alpha_cf

sys.path.insert(0, str(Path(__file__).parent.parent))  # where hop_tf lies

from hop_tf import Predictor  # noqa: E402
from hop_tf.pictures.foreground import composite  # noqa: E402
from hop_tf.pictures.reading import read_photo, read_trimap  # noqa: E402

#: name: corner (left, top) of the square that is shown, background colour
PHOTOS = {"macaws": ((200, 0), (74, 92, 130)), "girl": ((40, 0), (232, 200, 70)), "hat": ((0, 0), (40, 120, 90))}
COLUMNS = "photo", "trimap", "HOP-TF", "closed form", "cut out by HOP-TF", "by closed form"
SIDE, SHOWN, GAP, HEAD = 500, 320, 6, 34

folder = Path(__file__).parent
parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("-o", "--output", default="gallery.jpg", help="the picture (default gallery.jpg)")
output = parser.parse_args().output
predictor = Predictor("hop_s_9x9")
width = len(COLUMNS) * (SHOWN + GAP) - GAP
sheet = Image.new("RGB", (width, HEAD + len(PHOTOS) * (SHOWN + GAP) - GAP), "white")
write, font = ImageDraw.Draw(sheet), ImageFont.load_default(22)
for column, title in enumerate(COLUMNS):
    write.text((column * (SHOWN + GAP) + SHOWN // 2, HEAD // 2), title, "black", font, anchor="mm")
for row, (name, ((left, top), colour)) in enumerate(PHOTOS.items()):
    photo, trimap = read_photo(folder / f"{name}.jpg"), read_trimap(folder / f"{name}_trimap.png")
    network = predictor.predict(photo, trimap)
    classic = estimate_alpha_cf(photo / 255, np.choose(np.digitize(trimap, (85, 170)), (0, 0.5, 1))).astype(np.float32)
    mattes = [np.round(255 * alpha).astype(np.uint8) for alpha in (network, classic)]
    cutouts = [composite(photo, alpha, colour) for alpha in (network, classic)]
    for column, picture in enumerate((photo, trimap, *mattes, *cutouts)):
        shown = Image.fromarray(picture[top : top + SIDE, left : left + SIDE]).resize((SHOWN, SHOWN), Image.LANCZOS)
        sheet.paste(shown, (column * (SHOWN + GAP), HEAD + row * (SHOWN + GAP)))
sheet.save(output, quality=88)
print(f"wrote {output}")
