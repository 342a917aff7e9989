"""Marks as the canvas sends them, and as pictures."""

import numpy as np
import pytest

from hop_tf.demo.marks import NOTHING, draw, read_marks


def stroke(tool, *points, width=1, guides=True):
    return {"tool": tool, "points": points, "width": width, "guides": guides}


def drawing(*marks, scale=1.0, shape=(20, 30)):
    return draw(read_marks({"marks": marks}), scale, shape)


def test_each_brush_paints_its_level_along_its_path():
    for tool, level in {"background": 0, "unknown": 128, "foreground": 255}.items():
        expected = np.full((20, 30), NOTHING)
        expected[5, 3:9] = level
        np.testing.assert_array_equal(drawing(stroke(tool, (3, 5), (8, 5))).paint, expected)


def test_a_stroke_has_its_width_and_a_click_is_a_dot():
    for width in (1, 5, 10):
        stripe = drawing(stroke("unknown", (0, 10), (29, 10), width=width)).paint[:, 15] == 128
        assert width <= stripe.sum() <= width + 1
    dot = drawing(stroke("unknown", (15, 10), width=7)).paint == 128
    assert dot[10, 15] and 25 < dot.sum() < 49  # a disc of 7 pixels has 38


def test_later_strokes_cover_earlier_ones_and_the_eraser_takes_them_away():
    across, down = [(0, 10), (29, 10)], [(15, 0), (15, 19)]
    both = drawing(stroke("foreground", *across), stroke("unknown", *down))
    assert both.paint[10, 15] == both.guides[10, 15] == 128 and both.paint[10, 14] == 255
    erased = drawing(stroke("foreground", *across), stroke("eraser", *down, guides=False))
    assert erased.paint[10, 15] == erased.guides[10, 15] == NOTHING and erased.paint[10, 14] == 255


def test_strokes_that_only_paint_do_not_guide():
    painted = drawing(stroke("foreground", (0, 10), (29, 10), guides=False))
    assert (painted.paint == 255).any() and (painted.guides == NOTHING).all()


def test_the_last_box_counts_from_any_corner_to_its_opposite():
    assert drawing(stroke("box", (1, 1), (2, 2)), stroke("box", (25, 4), (5, 14))).box == (5, 4, 20, 10)


def test_marks_scale_with_the_picture_and_are_clipped_to_it():
    small = drawing(stroke("box", (10, 20), (50, 40)), stroke("unknown", (-900, 20), (20, 20), width=10), scale=0.5)
    assert small.box == (5, 10, 20, 10)
    assert (small.paint[10, :10] == 128).all() and (small.paint[10, 15:] == NOTHING).all()
    assert (small.paint[:, 4] == 128).sum() == 5


@pytest.mark.parametrize(
    "value",
    [
        "text",
        {},
        {"marks": [{}]},
        {"marks": [stroke("hammer", (0, 0))]},
        {"marks": [stroke("unknown")]},
        {"marks": [stroke("unknown", (1, 2, 3))]},
        {"marks": [stroke("unknown", (1, float("nan")))]},
        {"marks": [stroke("unknown", (1, 2), width=float("inf"))]},
        {"marks": [stroke("box", (1, 2))]},
        {"marks": [stroke("box", (1, None), (2, 3))]},
    ],
)
def test_anything_else_is_refused(value):
    with pytest.raises(ValueError, match=r"^the canvas must send a list of marks\. Received: "):
        read_marks(value)


def test_immense_numbers_do_no_harm():
    assert (drawing(stroke("unknown", (-1e300, 10), (1e300, 10), width=1e300)).paint == 128).all()
