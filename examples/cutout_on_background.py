"""Mattes the macaws and puts them on a plain background: composite = alpha * photo + (1 - alpha) * background."""

from pathlib import Path

import numpy as np

from hop_tf import Predictor
from hop_tf.images import read_photo, read_trimap, write_png

folder = Path(__file__).parent
photo = read_photo(folder / "macaws.jpg")
alpha = Predictor("hop_s_9x9").predict(photo, read_trimap(folder / "macaws_trimap.png"))[..., None]
background = np.array([210, 225, 235])
write_png("macaws_on_blue.png", np.round(alpha * photo + (1 - alpha) * background).astype(np.uint8))
print("wrote macaws_on_blue.png")
