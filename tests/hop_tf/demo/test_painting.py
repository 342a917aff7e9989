"""From marks to a trimap."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hop_tf.demo.marks import Mark
from hop_tf.demo.painting import (
    COLOURS,
    RememberedSegmentation,
    advice,
    is_mask,
    overlay,
    trimap_from_marks,
)
from hop_tf.errors import UserError

SQUARE = np.s_[20:60, 30:80]


@pytest.fixture(scope="module")
def photo():
    """A red square on green, both with texture."""
    photo = np.random.default_rng(0).integers(0, 50, (80, 120, 3)) + (40, 140, 40)
    photo[SQUARE] += (140, -100, 0)
    return photo.astype(np.uint8)


@pytest.fixture(scope="module")
def square():
    inside = np.zeros((80, 120), bool)
    inside[SQUARE] = True
    return inside


def stroke(tool, *points, width=5.0, guides=True):
    return Mark(tool, np.array(points, float), width, guides)


def ring(tool, left, top, right, bottom, **options):
    return stroke(tool, (left, top), (right, top), (right, bottom), (left, bottom), (left, top), **options)


BOX = stroke("box", (22, 12), (90, 70))


def redder(photo, box, foreground, background):
    """Stands in for the segmentation, where another one would do."""
    return photo[..., 0] > photo[..., 1]


def test_a_box_gives_a_band_along_the_edge_of_the_object(photo, square):
    trimap = trimap_from_marks(photo, [BOX], width=4)
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert (trimap[square] > 0).mean() > 0.99 and (trimap[~square] < 255).all()
    assert (trimap[30:50, 40:70] == 255).all() and (trimap[:, 100:] == 0).all()
    assert (trimap[40, 27:33] == 128).all()


def test_a_wider_band_is_asked_for_in_pixels(photo):
    narrow, wide = ((trimap_from_marks(photo, [BOX], width=width, segment=redder) == 128).sum() for width in (2, 6))
    assert 2 < wide / narrow < 4


def test_strokes_of_foreground_and_background_find_the_object(photo, square):
    marks = [stroke("foreground", (40, 40), (70, 40)), ring("background", 5, 5, 115, 75)]
    trimap = trimap_from_marks(photo, marks, width=4)
    assert (trimap[square] > 0).mean() > 0.99 and (trimap[30:50, 40:70] == 255).all() and trimap[10, 60] == 0


def test_strokes_are_painted_over_what_was_found(photo):
    only_paints = [stroke(tool, (x, 40), guides=False) for tool, x in (("background", 40), ("unknown", 60))]
    trimap = trimap_from_marks(photo, [BOX, *only_paints, stroke("foreground", (100, 10), guides=False)], width=4)
    assert (trimap[40, 40], trimap[40, 60], trimap[10, 100], trimap[40, 50]) == (0, 128, 255, 255)


def test_a_stroke_that_guides_moves_the_outline_and_one_that_only_paints_does_not(photo):
    photo = photo.copy()
    photo[30:50, 90:110] = photo[30:50, 40:60]  # a second object
    marks = [stroke("foreground", (40, 40), (70, 40)), ring("background", 5, 5, 115, 75)]
    for guides, rest in ((True, 0), (False, 255)):
        trimap = trimap_from_marks(photo, [*marks, stroke("background", (94, 40), guides=guides)], width=2)
        assert trimap[40, 94] == 0 and (trimap[36:44, 102:106] == rest).all()


def test_gaps_in_the_painted_outline_are_foreground_unless_a_stroke_says_otherwise(photo):
    outline = ring("unknown", 20, 20, 60, 60, guides=False)
    trimap = trimap_from_marks(photo, [outline])
    assert (trimap[25:55, 25:55] == 255).all() and (trimap[:, 70:] == 0).all()
    trimap = trimap_from_marks(photo, [outline, stroke("background", (40, 40))])
    assert (trimap[25:55, 25:55] == 0).all()


def test_gaps_in_the_object_found_are_foreground_unless_a_stroke_says_otherwise(photo):
    photo = photo.copy()
    photo[35:45, 50:60] = photo[:10, :10]
    assert (trimap_from_marks(photo, [BOX], width=2, segment=redder)[30:50, 40:70] == 255).all()
    trimap = trimap_from_marks(photo, [BOX, stroke("background", (54, 40))], width=2)
    assert trimap[40, 54] == 0 and trimap[40, 40] == 255


def test_a_given_trimap_keeps_its_gaps_and_takes_strokes(photo, square):
    given = np.where(square, 255, 128).astype(np.uint8)
    given[40, 50] = 0
    np.testing.assert_array_equal(trimap_from_marks(photo, [], given), given)
    trimap = trimap_from_marks(photo, [stroke("background", (10, 10))], given)
    assert trimap[10, 10] == 0 and trimap[40, 50] == 0 and trimap[70, 110] == 128


def test_a_box_overrides_a_given_trimap(photo):
    given = np.full((80, 120), 128, np.uint8)
    np.testing.assert_array_equal(
        trimap_from_marks(photo, [BOX], given, segment=redder), trimap_from_marks(photo, [BOX], segment=redder)
    )


@pytest.mark.parametrize(("low", "high"), [(0, 255), (0, 1), (40, 90), (1, 2)])
def test_a_mask_of_any_two_levels_gets_the_band(photo, square, low, high):
    trimap = trimap_from_marks(photo, [], np.where(square, high, low).astype(np.uint8), width=3)
    assert (trimap[25:55, 35:75] == 255).all() and (trimap[:, 90:] == 0).all()
    assert (trimap[40, 28:32] == 128).all()


@pytest.mark.parametrize("levels", [(0, 128), (128, 255), (0, 128, 255)])
def test_a_trimap_is_no_mask(square, levels):
    assert not is_mask(np.resize(np.array(levels, np.uint8), (80, 120)))


def test_marks_on_a_smaller_copy_mean_the_same(photo):
    large = np.repeat(np.repeat(photo, 2, axis=0), 2, axis=1)
    marks = [BOX._replace(points=BOX.points * 2), stroke("unknown", (200, 20), width=20.0, guides=False)]
    at_full_size = trimap_from_marks(large, marks, width=8, segment=redder)
    on_copy = trimap_from_marks(photo, marks, width=4, scale=0.5, segment=redder)
    assert (at_full_size[1::2, 1::2] == on_copy).mean() > 0.95


def test_a_box_beside_the_photo_is_explained(photo):
    with pytest.raises(UserError, match="^no object is left; the box must lie on the photo"):
        trimap_from_marks(photo, [stroke("box", (130, 5), (150, 40))])


def test_advice_names_the_next_step(photo):
    foreground, background = stroke("foreground", (50, 40)), stroke("background", (5, 5))

    def advised(*marks):
        return advice(list(marks), trimap_from_marks(photo, list(marks), width=4, segment=redder))

    assert advised(foreground).startswith("Now stroke over some background")
    assert advised(background).startswith("Now stroke over the object")
    assert advised(BOX) == "Cut it out, or correct it with strokes first."
    assert advised(BOX, foreground) == advised(foreground, background) == ""


def test_a_segmentation_is_computed_again_only_if_its_marks_change(photo):
    segment, none = RememberedSegmentation(), np.zeros((80, 120), bool)
    first = segment(photo, (22, 12, 68, 58), none, none)
    assert segment(photo, (22, 12, 68, 58), none.copy(), none) is first
    background = none.copy()
    background[40, 30:50] = True
    assert not segment(photo, (22, 12, 68, 58), none, background)[40, 30:50].any()


def test_threads_that_share_a_segmentation_get_the_answers_to_their_own_questions(photo, monkeypatch):
    monkeypatch.setattr("hop_tf.demo.painting.segment", lambda photo, box, foreground, background: box)
    remembered, none = RememberedSegmentation(), np.zeros(1, bool)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            boxes = [(number % 2,) for number in range(4000)]
            assert list(pool.map(lambda box: remembered(photo, box, none, none), boxes)) == boxes
    finally:
        sys.setswitchinterval(interval)


def test_a_trimap_is_shown_in_the_brushes_colours():
    shown = np.asarray(overlay(np.array([[0, 128, 255]], np.uint8)).convert("RGBA"))
    for pixel, name in zip(shown[0], ("background", "unknown", "foreground"), strict=True):
        assert tuple(pixel[:3]) == COLOURS[name] and 0 < pixel[3] < 255
