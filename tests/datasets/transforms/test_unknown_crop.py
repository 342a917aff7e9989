"""Crops centred on an unknown pixel."""

import cv2
import numpy as np
import pytest

from hop_tf.datasets.transforms.crop import INTERPOLATIONS
from hop_tf.datasets.transforms.erosion_trimap import erode_trimap, random_erosion
from hop_tf.datasets.transforms.random_affine import random_affine
from hop_tf.datasets.transforms.unknown_crop import crop_alpha_at_unknown


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_crop_is_cut_out_of_the_whole_warped_alpha_and_centred_on_an_unknown_pixel(alpha, interpolation):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        matrix, diameters = random_affine(rng, *alpha.shape), random_erosion(rng)
        window, part, trimap = crop_alpha_at_unknown(rng, alpha, matrix, 128, diameters, interpolation)
        whole = np.clip(cv2.warpAffine(alpha, matrix, (400, 300), flags=interpolation), 0, 1)
        inside = np.s_[window.top : window.top + 128, window.left : window.left + 128]
        # OpenCV rounds source places to 1/32 pixel, which shifts with the window.
        assert np.mean(np.abs(part - whole[inside]) > 1 / 16) < 0.01
        assert np.mean(trimap != erode_trimap(whole, diameters)[inside]) < 0.02
        inner = 64 <= window.top + 64 <= 300 - 64 and 0 < window.top < 300 - 128 and 0 < window.left < 400 - 128
        assert (trimap == 128).any() and (not inner or trimap[64, 64] == 128)


def test_nothing_unknown_gives_no_crop():
    opaque = np.ones((100, 100), np.float32)
    found = crop_alpha_at_unknown(np.random.default_rng(0), opaque, np.eye(2, 3), 64, (9, 9), cv2.INTER_LINEAR)
    assert found is None
