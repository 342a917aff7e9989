"""Squares cut out of pictures."""

import cv2
import numpy as np

from hop_tf.datasets.transforms.crop import crop_at_unknown, random_square


def test_crop_contains_an_unknown_pixel_and_stays_inside():
    trimap = np.zeros((60, 60), np.uint8)
    trimap[2, 57] = 128
    top, left = crop_at_unknown(np.random.default_rng(0), trimap, 32)
    assert (top, left) == (0, 28)
    assert crop_at_unknown(np.random.default_rng(0), np.zeros((60, 60), np.uint8), 32) is None


def test_random_square_fits_any_picture():
    for shape in [(5, 90, 3), (90, 5, 3), (40, 40, 3)]:
        square = random_square(np.random.default_rng(0), np.full(shape, 7, np.uint8), 24)
        assert square.shape == (24, 24, 3) and (square == 7).all()


def test_small_photo_is_mirrored_rather_than_blown_up():
    stripes = np.tile(np.uint8([0, 255]).repeat(2), 10)[None, :, None].repeat(40, 0).repeat(3, 2)  # 40 x 40
    for seed in range(10):
        square = random_square(np.random.default_rng(seed), stripes, 120, cv2.INTER_NEAREST)
        edges = np.count_nonzero(np.diff(square[60, :, 0].astype(int)))
        assert edges >= 120 / (2 * 1.5) - 2  # an edge every two pixels, enlarged 1.5 times at most
