"""The temporal median of alpha."""

import numpy as np
import pytest

from hop_tf.frames.median import MattedFrame, steady_alpha, window_numbers, windows

UNKNOWN = np.full((8, 12), 128, np.uint8)


def film(alphas, photos=None, trimap=UNKNOWN):
    photos = photos or [np.full((8, 12, 3), 90, np.uint8)] * len(alphas)
    return [
        MattedFrame(photo, trimap, lambda *_, alpha=alpha: np.full((8, 12), alpha, np.float32))
        for photo, alpha in zip(photos, alphas, strict=True)
    ]


def steady(frames, **options):
    return [steady_alpha(frame, window, **options) for frame, window in windows(frames)]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_flicker_is_removed_where_the_picture_stands_still(depth):
    photos = [np.full((8, 12, 3), np.iinfo(depth).max // 3, depth)] * 5
    got = steady(film([0.5, 0.5, 0.9, 0.5, 0.5], photos))
    np.testing.assert_array_equal(got, np.full((5, 8, 12), 0.5, np.float32))


def test_the_first_and_the_last_frame_have_the_median_of_three_frames_too():
    assert [alpha[0, 0] for alpha in steady(film([0.9, 0.5, 0.4]))] == [np.float32(0.5)] * 3


@pytest.mark.parametrize("count", range(6))
def test_the_numbers_of_a_window_are_those_of_its_frames(count):
    frames = film([0.5] * count)
    for number, (frame, window) in enumerate(windows(frames)):
        assert frame is frames[number]
        assert window == tuple(frames[each] for each in window_numbers(number, count))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_shorter_films_keep_their_alpha(count):
    assert [alpha[0, 0] for alpha in steady(film([0.25, 0.75][:count]))] == [0.25, 0.75][:count]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_pixels_that_move_keep_the_alpha_of_their_own_frame(depth):
    photos = [np.full((8, 12, 3), np.iinfo(depth).max // 3, depth) for _ in range(3)]
    photos[1][:, 6:] = np.iinfo(depth).max
    for alpha, own in zip(steady(film([0.1, 0.9, 0.1], photos)), (0.1, 0.9, 0.1), strict=True):
        np.testing.assert_allclose(alpha[:, 7:], own)
        np.testing.assert_allclose(alpha[:, :5], 0.1)


def test_noise_is_no_movement_but_a_tolerance_of_0_keeps_all():
    rng = np.random.default_rng(0)
    photos = [np.rint(90 + rng.normal(0, 1.5, (8, 12, 3))).astype(np.uint8) for _ in range(3)]
    assert (steady(film([0.1, 0.9, 0.1], photos))[1] == np.float32(0.1)).mean() > 0.95
    assert (steady(film([0.1, 0.9, 0.1], photos), tolerance=0)[1] == np.float32(0.9)).all()


def test_known_pixels_keep_their_alpha():
    frames = film([0.1, 0.9, 0.1], trimap=np.where(np.arange(12) < 6, 255, UNKNOWN).astype(np.uint8))
    assert (steady(frames)[1][:, :6] == np.float32(0.9)).all()


def test_no_more_than_three_frames_are_held_and_each_alpha_is_found_once():
    found = []

    def frames():
        for number in range(9):
            photo = np.full((8, 12, 3), 90, np.uint8)
            yield MattedFrame(photo, UNKNOWN, lambda *_, n=number: found.append(n) or np.zeros((8, 12), np.float32))

    held = []
    for frame, window in windows(frames()):
        steady_alpha(frame, window)
        held.append(len(window))
    assert held == [3] * 9
    assert found == list(range(9))
