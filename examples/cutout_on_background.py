"""Mattes the macaws and puts them on a plain background: composite = alpha * photo + (1 - alpha) * background."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))  # where hop_tf lies

from hop_tf import Predictor  # noqa: E402
from hop_tf.pictures.reading import read_photo, read_trimap  # noqa: E402
from hop_tf.pictures.writing import write_png  # noqa: E402

folder = Path(__file__).parent
photo = read_photo(folder / "macaws.jpg")
alpha = Predictor("hop_s_9x9").predict(photo, read_trimap(folder / "macaws_trimap.png"))[..., None]
(folder.parent / "build").mkdir(exist_ok=True)
background = np.array([210, 225, 235])
composite = alpha * photo + (1 - alpha) * background
write_png(folder.parent / "build/macaws_on_blue.png", np.round(composite).astype(np.uint8))
print("wrote build/macaws_on_blue.png")
