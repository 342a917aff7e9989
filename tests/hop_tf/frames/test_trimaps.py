"""A trimap for every frame, from masks."""

from pathlib import Path

import numpy as np
import pytest

from hop_tf.errors import UserError
from hop_tf.frames.reading import Frame
from hop_tf.frames.trimaps import trimaps_from_masks
from hop_tf.pictures.trimap import trimap_from_mask

MASK = np.zeros((60, 80), np.uint8)
MASK[20:40, 30:60] = 255


def frames(*pictures):
    return [Frame(f"{number}.png", picture) for number, picture in enumerate(pictures, 1)]


def trimaps(*masks, **options):
    return [frame.picture for frame in trimaps_from_masks(frames(*masks), **options)]


def test_masks_become_trimaps_of_a_width():
    for got, mask in zip(trimaps(MASK, MASK.T.copy(), width=4), (MASK, MASK.T), strict=True):
        np.testing.assert_array_equal(got, trimap_from_mask(mask, 4))


def test_the_first_trimap_is_used_itself_and_tells_the_width_of_the_others():
    first = trimap_from_mask(MASK, 7)
    first[0, 0] = 128  # a stray pixel
    got = trimaps(MASK, np.roll(MASK, 3), first=Frame("first.png", first))
    np.testing.assert_array_equal(got[0], first)
    np.testing.assert_array_equal(got[1], trimap_from_mask(np.roll(MASK, 3), 7))


@pytest.mark.parametrize("level", [0, 255])
def test_frames_without_foreground_or_full_of_it_have_no_unknown_pixel(level):
    (_, got) = trimaps(MASK, np.full_like(MASK, level))
    assert (got == level).all()


@pytest.mark.parametrize("low, high", [(0, 100), (150, 250)])
def test_a_frame_of_one_level_is_compared_with_the_two_levels_before_it(low, high):
    mask = np.where(MASK > 0, high, low).astype(np.uint8)
    first = Frame("first.png", trimap_from_mask(MASK, 7))
    for options in ({}, {"first": first}):
        got = trimaps(mask, np.full_like(mask, low), np.full_like(mask, high), **options)
        assert (got[1] == 0).all() and (got[2] == 255).all()


@pytest.mark.parametrize("dark, light, level", [(1, 1, 0), (0, 1, 0), (0, 9, 0), (250, 255, 255)])
def test_the_noise_of_a_codec_is_no_edge(dark, light, level):
    noise = np.where(np.arange(MASK.size).reshape(MASK.shape) % 7, dark, light).astype(np.uint8)
    (_, got) = trimaps(MASK, noise)
    assert (got == level).all()
    with pytest.raises(UserError, match="no edge whose width"):
        trimaps(noise, MASK, first=Frame("first.png", trimap_from_mask(MASK, 7)))


def test_levels_that_are_taken_for_noise_are_told_once(caplog):
    trimaps(MASK // 255, MASK // 255)
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "1.png: levels 0 to 1 are taken for noise in a mask of one level"
    ]


@pytest.mark.parametrize(
    "first, message",
    [
        (np.full((5, 5), 128, np.uint8), "first.png: has another size than the mask 1.png"),
        (np.zeros_like(MASK), "1.png: no edge whose width first.png could tell"),
    ],
)
def test_a_first_trimap_that_tells_no_width_is_refused(first, message):
    with pytest.raises(UserError, match=message):
        trimaps(MASK, MASK, first=Frame(str(Path("first.png")), first))
