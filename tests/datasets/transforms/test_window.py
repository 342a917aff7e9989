"""Windows of resampled pictures."""

import cv2
import numpy as np
import pytest

from hop_tf.datasets.transforms.crop import INTERPOLATIONS
from hop_tf.datasets.transforms.window import Window, resize_window, window_at


def test_windows_stay_within_the_picture():
    assert window_at(3, 390, 128, (300, 400)) == Window(0, 272, 128, 128)
    assert Window(0, 272, 128, 128).grown(10, (300, 400)) == Window(0, 262, 138, 138)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS[1:])
def test_resized_window_is_part_of_the_resized_whole(interpolation):
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8), (0, 0), 3)
    whole = cv2.resize(picture, (192, 144), interpolation=interpolation)
    part = resize_window(picture, (144, 192), Window(20, 30, 100, 90), interpolation)
    assert np.abs(part.astype(int) - whole[20:120, 30:120]).max() <= 4
