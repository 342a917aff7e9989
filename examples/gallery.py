"""Draw a table of photos with the mattes of the bundled weights and of closed-form matting.

Needs PyMatting: pip install "hop-tf[cutout]"
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pymatting import estimate_alpha_cf

from hop_tf import Predictor
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.foreground import composite
from hop_tf.pictures.reading import read_photo, read_trimap

#: name: top left corner (left, top) of the square to show, background colour
PHOTOS = {"macaws": ((200, 0), (74, 92, 130)), "girl": ((40, 0), (232, 200, 70)), "hat": ((0, 0), (40, 120, 90))}
COLUMNS = "photo", "trimap", "HOP-TF", "closed form", "cut out by HOP-TF", "by closed form"
SIDE, SHOWN, GAP, HEAD = 500, 320, 6, 34  # pixels: square of the photo, its size in the table, gap, head of the table

folder = Path(__file__).parent
parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("-o", "--output", default="gallery.jpg", help="the picture to write; default: %(default)s")
output = parser.parse_args().output

predictor = Predictor("hop_s_9x9")
width = len(COLUMNS) * (SHOWN + GAP) - GAP
sheet = Image.new("RGB", (width, HEAD + len(PHOTOS) * (SHOWN + GAP) - GAP), "white")
draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(22)
for column, title in enumerate(COLUMNS):
    draw.text((column * (SHOWN + GAP) + SHOWN // 2, HEAD // 2), title, "black", font, anchor="mm")
for row, (name, ((left, top), colour)) in enumerate(PHOTOS.items()):
    photo, trimap = read_photo(folder / f"{name}.jpg"), read_trimap(folder / f"{name}_trimap.png")
    three_levels = np.choose(np.digitize(trimap, (85, 170)), (0, 0.5, 1))
    network = predictor.predict(photo, trimap)
    closed_form = estimate_alpha_cf(photo / 255, three_levels).astype(np.float32)
    mattes = [to_uint8(alpha) for alpha in (network, closed_form)]
    cutouts = [composite(photo, alpha, colour) for alpha in (network, closed_form)]
    for column, picture in enumerate((photo, trimap, *mattes, *cutouts)):
        square = Image.fromarray(picture[top : top + SIDE, left : left + SIDE])
        place = column * (SHOWN + GAP), HEAD + row * (SHOWN + GAP)
        sheet.paste(square.resize((SHOWN, SHOWN), Image.Resampling.LANCZOS), place)
sheet.save(output, quality=88)
print(f"wrote {output}")
