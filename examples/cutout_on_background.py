"""Matte the macaws and put them on a plain background: composite = alpha * photo + (1 - alpha) * background."""

from pathlib import Path

import numpy as np

from hop_tf import Predictor
from hop_tf.pictures.eight_bit import round_to_uint8
from hop_tf.pictures.reading import read_photo, read_trimap
from hop_tf.pictures.writing import write_png

folder = Path(__file__).parent
photo = read_photo(folder / "macaws.jpg")
trimap = read_trimap(folder / "macaws_trimap.png")
alpha = Predictor().predict(photo, trimap)[..., None]  # float32 [height, width, 1] in 0..1

background = np.array([210, 225, 235])
composite = alpha * photo + (1 - alpha) * background
write_png("macaws_on_blue.png", round_to_uint8(composite))
print("wrote macaws_on_blue.png")
