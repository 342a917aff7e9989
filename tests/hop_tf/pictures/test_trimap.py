"""Trimaps made of masks and of other trimaps."""

import cv2
import numpy as np
import pytest

from hop_tf.pictures.trimap import trimap_from_mask, widen_unknown


@pytest.fixture
def square():
    """A foreground of 20 x 20 pixels at the picture's left edge."""
    mask = np.zeros((40, 50), np.uint8)
    mask[10:30, :20] = 1
    return mask


@pytest.mark.parametrize("width", [0, 1, 4])
def test_pixels_within_the_width_of_an_edge_are_unknown(square, width):
    trimap = trimap_from_mask(square, width)
    row = np.full(50, 0)
    row[: 20 - width] = 255
    row[20 - width : 20 + width] = 128
    np.testing.assert_array_equal(trimap[20], row)  # the picture's border is no edge
    assert trimap[10 - width, 0] == (128 if width else 255) and trimap[9 - width, 0] == 0


def test_masks_of_any_two_levels_make_the_same_trimap(square):
    expected = trimap_from_mask(square, 3)
    for foreground in (2, 200, 255):
        np.testing.assert_array_equal(trimap_from_mask(square * np.uint8(foreground), 3), expected)


@pytest.mark.parametrize(("dark", "light"), [(13, 255), (50, 255), (100, 255), (1, 2), (50, 200), (254, 255), (0, 30)])
def test_the_dark_level_of_a_mask_need_not_be_0(square, dark, light):
    mask = np.where(square, light, dark).astype(np.uint8)
    np.testing.assert_array_equal(trimap_from_mask(mask, 3), trimap_from_mask(square, 3))


@pytest.mark.parametrize(("dark", "light"), [(13, 255), (50, 220), (100, 255), (0, 120)])
def test_masks_of_two_levels_may_have_soft_edges_and_the_noise_of_jpeg(dark, light):
    on = np.zeros((200, 200), np.uint8)
    on[50:150, :90] = 1
    soft = cv2.GaussianBlur(np.where(on, light, dark).astype(np.float32), (0, 0), 0.8)
    data = cv2.imencode(".jpg", np.rint(soft).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    trimap, expected = trimap_from_mask(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), 10), trimap_from_mask(on, 10)
    assert not ((trimap == 255) & (expected == 0)).any() and not ((trimap == 0) & (expected == 255)).any()
    assert (trimap != expected).mean() < 0.1


def test_a_soft_matte_keeps_its_half_transparent_parts_unknown(square):
    matte = square * np.uint8(255)
    matte[:, 25:] = 120  # a veil
    assert (trimap_from_mask(matte, 0)[:, 25:] == 128).all()
    assert (trimap_from_mask(np.maximum(matte, 120), 0)[:, 25:] != 255).all()


def test_soft_edges_are_unknown_and_jpeg_noise_is_not(square):
    mask = square * np.uint8(255)
    mask[0, 40], mask[20, 5] = 9, 246
    mask[20, 20] = 100
    trimap = trimap_from_mask(mask, 0)
    assert trimap[0, 40] == 0 and trimap[20, 5] == 255
    assert np.argwhere(trimap == 128).tolist() == [[20, 20]]


def test_a_thin_foreground_becomes_unknown(square):
    mask = np.zeros_like(square)
    mask[:, 10] = 255
    assert np.unique(trimap_from_mask(mask, 2)).tolist() == [0, 128]


def test_the_unknown_region_grows_by_a_disc():
    trimap = np.zeros((41, 41), np.uint8)
    trimap[20, 20], trimap[0, 0] = 100, 255
    widened = widen_unknown(trimap, 5)
    y, x = np.mgrid[:41, :41] - 20
    np.testing.assert_array_equal(widened == 128, np.hypot(x, y) <= 5)
    assert widened[0, 0] == 255
    np.testing.assert_array_equal(trimap == 128, False)  # the caller's array


def test_a_trimap_without_unknown_pixels_stays():
    trimap = np.full((5, 5), 255, np.uint8)
    np.testing.assert_array_equal(widen_unknown(trimap, 3), trimap)
