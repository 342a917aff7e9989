"""Pictures of strokes, and strokes that are scaled down."""

import cv2
import numpy as np
import pytest
from PIL import Image

from hop_tf.pictures.image_error import ImageError
from hop_tf.trimaps.marks import shrink
from hop_tf.trimaps.masks import fitted
from hop_tf.trimaps.strokes import read_strokes


@pytest.mark.parametrize("strokes", [1, 12])
def test_soft_white_strokes_on_opaque_black_do_not_mark_the_rest_as_background(tmp_path, strokes):
    picture = np.zeros((120, 160), np.uint8)
    for i in range(strokes):
        cv2.line(picture, (10, 5 + 9 * i), (150, 12 + 9 * i), 255, 3, cv2.LINE_AA)
    assert len(np.unique(picture)) > 2
    Image.fromarray(picture).save(tmp_path / "strokes.png")
    with pytest.raises(ImageError, match="leaves nothing undecided"):
        read_strokes(tmp_path / "strokes.png")


def picture_of(*colours):
    """Strokes 8 pixels wide, one below the other, on a transparent layer."""
    picture = np.zeros((120, 160, 4), np.uint8)
    for i, colour in enumerate(colours):
        picture[10 + 30 * i : 18 + 30 * i, 20:140] = *colour, 255
    return picture


@pytest.mark.parametrize(
    ("green", "red"),
    [((34, 177, 76), (237, 28, 36)), ((0, 128, 0), (139, 0, 0)), ((144, 238, 144), (255, 99, 71))],
    ids=["Paint", "CSS", "light"],
)
def test_the_greens_and_reds_of_usual_palettes_are_strokes(tmp_path, green, red):
    Image.fromarray(picture_of(green, red)).save(tmp_path / "strokes.png")
    foreground, background = read_strokes(tmp_path / "strokes.png")
    assert foreground[10:18, 20:140].all() and foreground.sum() == 960
    assert background[40:48, 20:140].all() and background.sum() == 960


def test_a_stroke_of_another_colour_is_named(tmp_path):
    Image.fromarray(picture_of((0, 255, 0), (255, 0, 0), (0, 0, 255))).save(tmp_path / "strokes.png")
    with pytest.raises(ImageError, match=r"other colours than those of strokes, such as \(0, 0, 255\); expected green"):
        read_strokes(tmp_path / "strokes.png")


def test_thin_strokes_survive_on_a_wide_photo():
    stroke = np.zeros((60, 6000), bool)
    stroke[:, 3000:3002] = True
    marks = shrink(np.zeros((60, 6000, 3), np.uint8), (2000, 0, 2000, 60), stroke, np.roll(stroke, 500, axis=1))
    assert marks.foreground.any() and marks.background.any()
    assert fitted("strokes.png", stroke, (3, 300)).any()
