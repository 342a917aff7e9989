"""Alphas to transform."""

import cv2
import numpy as np
import pytest


@pytest.fixture
def alpha():
    """A soft disc with hairs, 300 x 400."""
    alpha = np.zeros((300, 400), np.float32)
    cv2.circle(alpha, (200, 150), 70, 1.0, -1)
    for end in range(0, 400, 40):
        cv2.line(alpha, (200, 150), (end, 20), 1.0, 2)
    return np.clip(cv2.GaussianBlur(alpha, (0, 0), 1.2), 0, 1)


@pytest.fixture
def disc():
    alpha = np.zeros((128, 128), np.float32)
    cv2.circle(alpha, (64, 64), 40, 1.0, -1)
    return cv2.GaussianBlur(alpha, (0, 0), 3)
