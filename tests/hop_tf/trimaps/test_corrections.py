import numpy as np
import pytest

from hop_tf.trimaps.corrections import correct


@pytest.fixture
def picture():
    """A red square, rows 20 to 59 and columns 30 to 69, and a red stone apart from it, on textured green."""
    photo = np.random.default_rng(0).integers(0, 40, (100, 160, 3)).astype(np.uint8)
    photo[..., 1] += 120
    square, stone = np.zeros((2, 100, 160), bool)
    square[20:60, 30:70] = stone[70:90, 120:140] = True
    photo[square | stone] += np.array([180, 0, 0], np.uint8)
    return photo, square, stone


def at(row, column):
    click = np.zeros((100, 160), bool)
    click[row - 2 : row + 3, column - 2 : column + 3] = True
    return click


NOWHERE = np.zeros((100, 160), bool)


def test_a_stroke_adds_the_part_that_the_mask_lacks_and_nothing_else(picture):
    photo, square, stone = picture
    left = square.copy()
    left[:, 50:] = False
    corrected = correct(photo, left * np.uint8(255), at(40, 60), NOWHERE)
    assert (corrected[square] == 255).mean() > 0.97
    assert not corrected[~square].any()


def test_a_stroke_removes_the_part_that_it_touches(picture):
    photo, square, stone = picture
    mask = np.where(square | stone, 255, 0).astype(np.uint8)
    mask[20:60, 70:110] = 255  # background beside the square
    corrected = correct(photo, mask, NOWHERE, at(40, 90))
    assert (corrected[20:60, 72:110] == 0).all()
    assert (corrected[square | stone] == 255).mean() > 0.97


def test_colours_decide_where_the_mask_is_uncertain_and_what_it_is_sure_of_stays(picture):
    photo, square, stone = picture
    mask = np.where(square, 255, 0).astype(np.uint8)
    mask[30:80, 40:60] = 128  # the lower half of it is background
    corrected = correct(photo, mask, at(25, 35), NOWHERE)
    assert (corrected[32:58, 42:58] == 255).all() and (corrected[62:78, 42:58] == 0).all()
    assert not corrected[stone].any()


@pytest.mark.parametrize("levels", [(0, 255), (90, 200)])
def test_masks_of_any_two_levels_and_boxes_are_taken(picture, levels):
    photo, square, stone = picture
    mask = np.where(square | stone, *levels[::-1]).astype(np.uint8)
    corrected = correct(photo, mask, at(40, 50), at(80, 20), box=(20, 10, 60, 60))
    assert (corrected[square] == 255).all() and not corrected[~square].any()


def test_strokes_are_certain_even_against_the_colours_and_outside_the_box(picture):
    photo, square, _ = picture
    foreground, background = at(95, 5), at(40, 50)
    corrected = correct(photo, square * np.uint8(255), foreground, background, box=(20, 10, 60, 60))
    assert (corrected[foreground] == 255).all() and not corrected[background].any()


def test_a_click_moves_a_whole_thing_that_colours_alone_would_keep(picture):
    photo, square, stone = picture
    mask = np.where(square | stone, 255, 0).astype(np.uint8)
    click = at(80, 130)
    assert (correct(photo, mask, NOWHERE, click)[stone] == 0).mean() < 0.2
    corrected = correct(photo, mask, NOWHERE, click, clicks=True)
    assert (corrected[square] == 255).mean() > 0.97 and (corrected[stone] == 0).mean() > 0.97


def test_clicks_decide_where_the_mask_is_uncertain(picture):
    photo, square, stone = picture
    mask = np.where(square, 255, np.where(stone, 100, 0)).astype(np.uint8)
    kept = correct(photo, mask, at(80, 130), NOWHERE, clicks=True)
    assert (kept[stone] == 255).mean() > 0.97
    removed = correct(photo, mask, NOWHERE, at(80, 130), clicks=True)
    assert (removed[stone] == 0).mean() > 0.97 and (removed[square] == 255).mean() > 0.97


def test_one_click_does_not_undo_another_and_what_no_click_touches_stays_uncertain(picture):
    photo, square, stone = picture
    mask = np.where(square | stone, 255, 0).astype(np.uint8)
    mask[20:60, 70:110] = 255  # background, which one click removes without its surroundings
    mask[:15, :25] = 128
    corrected = correct(photo, mask, NOWHERE, at(80, 130) | at(40, 90), clicks=True)
    assert (corrected[stone] == 0).mean() > 0.97 and (corrected[20:60, 72:110] == 0).all()
    assert (corrected[square] == 255).mean() > 0.97 and (corrected[:14, :24] == 128).all()


def test_unfitting_arrays_and_boxes_are_refused(picture):
    photo, square, _ = picture
    with pytest.raises(ValueError, match="`mask` must be uint8, of shape .* Received: bool"):
        correct(photo, square, NOWHERE, NOWHERE)
    with pytest.raises(ValueError, match="`foreground` must be a bool array"):
        correct(photo, square * np.uint8(255), NOWHERE[1:], NOWHERE, box=(20, 10, 60, 60))
    with pytest.raises(ValueError, match="`box` must overlap"):
        correct(photo, square * np.uint8(255), NOWHERE, NOWHERE, box=(500, 0, 9, 9))
