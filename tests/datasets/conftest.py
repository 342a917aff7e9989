"""Small drawn pictures to make samples from."""

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def cutout_folder(tmp_path_factory):
    """Folder of three RGBA images with soft edges, black where transparent."""
    folder = tmp_path_factory.mktemp("cutouts")
    for index, name in enumerate(["emoji_a.png", "foliage_b.png", "other_c.png"]):
        alpha = np.zeros((90, 70 + 10 * index), np.uint8)
        cv2.circle(alpha, (35, 45), 25, 255, -1, cv2.LINE_AA)
        alpha = cv2.GaussianBlur(alpha, (0, 0), 1.5)
        colour = np.where(alpha[..., None] > 0, np.uint8([30, 90, 60 + 60 * index]), np.uint8(0))
        cv2.imwrite(str(folder / name), np.dstack([colour, alpha]))
    return folder


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory):
    """Folder of three opaque images."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for index in range(3):
        coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
        cv2.imwrite(str(folder / f"photo_{index}.png"), cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC))
    return folder
