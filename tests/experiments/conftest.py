import cv2
import numpy as np
import pytest


@pytest.fixture
def alphamatting(tmp_path):
    """A folder in the layout of alphamatting.com: two photos whose red channel is their alpha."""
    folder, rng = tmp_path / "alphamatting", np.random.default_rng(0)
    for part in ("input", "alpha", "trimap1"):
        (folder / part).mkdir(parents=True)
    for name, size in {"GT01.png": (40, 51), "GT02.png": (64, 32)}.items():
        photo = rng.integers(0, 256, (*size, 3), np.uint8)
        trimap = np.full(size, 128, np.uint8)
        trimap[:4], photo[:4] = 0, 0
        cv2.imwrite(str(folder / "input" / name), photo)
        cv2.imwrite(str(folder / "alpha" / name), photo[..., 2])
        cv2.imwrite(str(folder / "trimap1" / name), trimap)
    return folder
