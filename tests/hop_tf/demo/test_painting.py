"""From strokes to a trimap."""

import numpy as np

from hop_tf.demo.painting import COLOURS, LEVELS, OPACITY, tinted, trimap_of

NOTHING = np.zeros((4, 6), np.uint8)


def strokes(*names, size=(4, 6)):
    """Translucent strokes all over, one above the other, as a browser mixes them: RGBA, not multiplied by alpha."""
    colour, opacity = np.zeros(3), 0.0
    for name in names:
        above = OPACITY + opacity * (1 - OPACITY)
        colour = (np.array(COLOURS[name]) * OPACITY + colour * opacity * (1 - OPACITY)) / above
        opacity = above
    return np.broadcast_to(np.round([*colour, 255 * opacity]).astype(np.uint8), (*size, 4)).copy()


def test_each_colour_is_its_level():
    for name, level in LEVELS.items():
        assert (trimap_of(strokes(name), NOTHING + 60) == level).all()


def test_the_last_of_several_strokes_counts():
    for first in LEVELS:
        for second in LEVELS:
            for third in LEVELS:
                assert (trimap_of(strokes(first, second, third), NOTHING) == LEVELS[third]).all()


def test_unpainted_pixels_keep_the_trimap_beneath():
    beneath = np.array([[0, 84, 85, 169, 170, 255]] * 4, np.uint8)
    paint = strokes("foreground")
    paint[:, 1:] = 0
    np.testing.assert_array_equal(trimap_of(paint, beneath), [[255, 0, 128, 128, 255, 255]] * 4)
    np.testing.assert_array_equal(trimap_of(None, beneath), [[0, 0, 128, 128, 255, 255]] * 4)


def test_strokes_on_a_smaller_picture_cover_the_same_part_of_the_photo():
    paint = strokes("unknown", size=(10, 20))
    paint[:, 10:] = 0
    trimap = trimap_of(paint, np.zeros((30, 60), np.uint8))
    np.testing.assert_array_equal(trimap, np.repeat([[128] * 30 + [0] * 30], 30, axis=0))


def test_the_faint_rim_of_a_stroke_does_not_count():
    paint = strokes("unknown")
    paint[:, :, 3] = 10
    assert not trimap_of(paint, NOTHING).any()


def test_a_trimap_is_shown_in_the_brushes_colours():
    trimap = np.array([[0, 128, 255]], np.uint8)
    shown = tinted(np.zeros((2, 6, 3), np.uint8), trimap).astype(float)
    shown /= shown.max(axis=2, keepdims=True)
    for column, name in ((0, "background"), (2, "unknown"), (5, "foreground")):
        np.testing.assert_allclose(shown[1, column], np.array(COLOURS[name]) / max(COLOURS[name]), atol=0.01)
