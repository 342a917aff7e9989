"""Foreground colours, cutouts and composites."""

import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hop_tf.pictures.foreground import composite, cutout, estimate_foreground

RED, BLUE, GREEN = (200, 30, 40), (20, 40, 220), (10, 180, 60)


@pytest.fixture(scope="module")
def alpha():
    """Background left, foreground right, a ramp of 20 pixels between."""
    return np.tile(np.clip((np.arange(64, dtype=np.float32) - 21.5) / 20, 0, 1), (48, 1))


@pytest.fixture(scope="module")
def photo(alpha):
    """Red before blue."""
    mixed = alpha[..., None] * np.array(RED) + (1 - alpha[..., None]) * np.array(BLUE)
    return np.round(mixed).astype(np.uint8)


def test_the_foreground_contains_no_background(photo, alpha):
    foreground = estimate_foreground(photo, alpha)
    assert foreground.dtype == np.uint8 and foreground.shape == photo.shape
    assert np.abs(foreground.astype(int) - RED).max() <= 2  # 180 in the photo's ramp
    np.testing.assert_array_equal(foreground[alpha == 1], photo[alpha == 1])


def test_a_cutout_has_alpha_as_transparency_and_no_colour_of_the_background(photo, alpha):
    got = cutout(photo, alpha)
    assert got.dtype == np.uint8 and got.shape == (48, 64, 4)
    np.testing.assert_array_equal(got[..., 3], np.round(alpha * 255))
    assert np.abs(got[..., :3].astype(int) - RED).max() <= 2


def test_pixels_that_round_to_transparent_keep_no_old_colour(photo, alpha):
    nearly = np.maximum(alpha, np.float32(0.4 / 255))
    hidden = cutout(photo, nearly)[..., :3][nearly < 0.5 / 255]
    assert np.abs(hidden.astype(int) - RED).max() <= 2


def test_a_composite_on_a_colour_is_the_foreground_over_it(photo, alpha):
    expected = alpha[..., None] * np.array(RED) + (1 - alpha[..., None]) * np.array(GREEN)
    assert np.abs(composite(photo, alpha, GREEN) - expected).max() <= 2


@pytest.mark.parametrize("size", [(96, 128), (200, 128), (96, 400), (24, 32)])
def test_a_background_picture_covers_the_photo_from_its_centre(photo, alpha, size):
    height, width = size
    background = np.zeros((*size, 3), np.uint8)
    background[height // 2 :, : width // 2] = BLUE
    background[height // 2 :, width // 2 :] = GREEN
    got = composite(photo, np.zeros_like(alpha), background)
    for corner, colour in {(0, 0): (0, 0, 0), (0, 63): (0, 0, 0), (47, 0): BLUE, (47, 63): GREEN}.items():
        np.testing.assert_allclose(got[corner], colour, atol=2)


def test_pictures_of_any_size_have_a_foreground():
    for height, width in ((1, 1), (1, 7), (9, 1), (3, 2)):
        photo = np.full((height, width, 3), 90, np.uint8)
        for level in (0, 0.5, 1):
            assert cutout(photo, np.full((height, width), level, np.float32)).shape == (height, width, 4)


def test_several_threads_find_the_same_as_one(photo, alpha):
    alone = estimate_foreground(photo, alpha)
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: estimate_foreground(photo, alpha), range(16)):
            np.testing.assert_array_equal(got, alone)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda photo, alpha: cutout(photo / 255, alpha), "`image` must be a uint8 or uint16 array"),
        (lambda photo, alpha: cutout(photo, alpha.astype(np.float64)), "`alpha` must be a float32 array"),
        (lambda photo, alpha: cutout(photo, alpha[1:]), "the image's height and width"),
        (lambda photo, alpha: cutout(photo, alpha * 255), r"must lie in 0..1. Received: 0.0 to 255.0"),
        (lambda photo, alpha: cutout(photo, alpha * np.nan), r"must lie in 0..1. Received: nan"),
        (lambda photo, alpha: composite(photo, alpha, (0, 0, 256)), "`background` must be three ints"),
        (lambda photo, alpha: composite(photo, alpha, (0.5, 0.5, 0.5)), "`background` must be three ints"),
        (lambda photo, alpha: composite(photo, alpha, "red"), "`background` must be three ints"),
        (
            lambda photo, alpha: composite(photo, alpha, photo / 255),
            "`background` must be a colour or a uint8 or uint16 array",
        ),
    ],
)
def test_wrong_arguments_are_reported(photo, alpha, wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong(photo, alpha)


def test_without_pymatting_the_error_names_its_install_command(photo, alpha, monkeypatch):
    monkeypatch.delitem(sys.modules, "pymatting.foreground.estimate_foreground_ml", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "hop-tf\[cutout\]"'):
        cutout(photo, alpha)
