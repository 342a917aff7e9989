"""Cutting squares out of pictures."""

from collections.abc import Sequence

import cv2
import numpy as np

from hop_tf.datasets.transforms.window import window_at
from hop_tf.pictures.trimap import UNKNOWN

#: Interpolations of warps. Choosing one at random prevents a network from learning the traces of a single one.
INTERPOLATIONS = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)

#: Largest enlargement of a photo. A blurred background would give the foreground away.
LARGEST_ENLARGEMENT = 1.5


def pick_interpolation(
    rng: np.random.Generator, random_interpolation: bool = True, shares: Sequence[float] = (0.1, 0.3, 0.3, 0.3)
) -> int:
    """Return an OpenCV interpolation flag: linear, or one of `INTERPOLATIONS` with the probabilities `shares`."""
    if not random_interpolation:
        return cv2.INTER_LINEAR
    return INTERPOLATIONS[int(rng.choice(4, p=shares))]


def random_square(
    rng: np.random.Generator,
    picture: np.ndarray,
    size: int,
    interpolation: int = cv2.INTER_LINEAR,
    low: float = 0.4,
) -> np.ndarray:
    """Cut out a random square and resize it; mirror it half of the time.

    A picture that would need too much enlargement is extended by its mirror image.

    Args:
        rng: random generator.
        picture: uint8 array `[height, width, 3]`.
        size: side of the result in pixels.
        interpolation: OpenCV interpolation flag, used unless the square is shrunk considerably.
        low: smallest side of the square, as a share of the shorter side of the picture.

    Returns:
        uint8 array `[size, size, 3]`.
    """
    height, width = picture.shape[:2]
    shorter = min(height, width)
    side = round(max(shorter * rng.uniform(low, 1), size / rng.uniform(1, LARGEST_ENLARGEMENT)))
    below, beside = max(0, side - height), max(0, side - width)
    if below or beside:
        picture = cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_REFLECT)
        height, width = picture.shape[:2]
    top, left = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
    square = picture[top : top + side, left : left + side]
    if rng.random() < 0.5:
        square = square[:, ::-1]
    if side > size * 1.3:
        interpolation = cv2.INTER_AREA
    return cv2.resize(np.ascontiguousarray(square), (size, size), interpolation=interpolation)


def crop_at_unknown(rng: np.random.Generator, trimap: np.ndarray, size: int) -> tuple[int, int] | None:
    """Choose a crop centred on a random unknown pixel, moved as needed to lie within the picture.

    Args:
        rng: random generator.
        trimap: uint8 array `[height, width]`, 128 where alpha is unknown.
        size: side of the crop in pixels.

    Returns:
        The corner (top, left), or `None` if no pixel is unknown.
    """
    unknown = np.flatnonzero(trimap == UNKNOWN)
    if unknown.size == 0:
        return None
    row, column = divmod(int(unknown[rng.integers(unknown.size)]), trimap.shape[1])
    window = window_at(row, column, size, trimap.shape)
    return window.top, window.left
