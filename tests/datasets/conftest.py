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
def photo_folder(tmp_path_factory, draw_photos):
    """Folder of three opaque images."""
    return draw_photos(tmp_path_factory.mktemp("parent") / "photos", 3)


@pytest.fixture(scope="session")
def draw_photos():
    """Function that writes photos of `size` (width, height), `photo_0.png` and so on, into a new folder."""

    def draw(folder, count, size=(160, 120)):
        folder.mkdir()
        rng = np.random.default_rng(0)
        for index in range(count):
            coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
            photo = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(folder / f"photo_{index}.png"), photo)
        return folder

    return draw


@pytest.fixture(scope="session")
def draw_pairs():
    """Function that writes `fg/` (JPEG) and `alpha/` (PNG) with soft discs of `size` into a new folder."""

    def draw(folder, count, size=(120, 100), start="object"):
        for name in ("fg", "alpha"):
            (folder / name).mkdir(parents=True)
        for index in range(count):
            alpha = np.zeros(size[::-1], np.uint8)
            cv2.circle(alpha, (size[0] // 2, size[1] // 2), min(size) // 4 + index, 255, -1)
            alpha = cv2.GaussianBlur(alpha, (0, 0), 2)
            colour = np.full((*size[::-1], 3), (40 * index % 256, 90, 160), np.uint8)
            cv2.imwrite(str(folder / "alpha" / f"{start}_{index}.png"), alpha)
            cv2.imwrite(str(folder / "fg" / f"{start}_{index}.jpg"), colour)
        return folder

    return draw
