"""Cutting squares out of pictures."""

import cv2
import numpy as np

#: Interpolations a warp may be given; a random one each keeps a network from learning one resampling's traces.
INTERPOLATIONS = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


def pick_interpolation(rng, random_interpolation=True, shares=(0.1, 0.3, 0.3, 0.3)):
    """A random OpenCV interpolation, each of INTERPOLATIONS with its probability in ``shares``; or linear."""
    if not random_interpolation:
        return cv2.INTER_LINEAR
    return INTERPOLATIONS[int(rng.choice(4, p=shares))]


#: A photo is enlarged at most this much: a blurred background gives away what is foreground.
LARGEST_ENLARGEMENT = 1.5


def random_square(rng, picture, size, interpolation=cv2.INTER_LINEAR, low=0.4):
    """A random square of ``picture``, at least ``low`` of its shorter side, resized, mirrored half of the time.

    A picture too small for that without much enlargement is continued by its mirror image.

    Returns:
        uint8 [size, size, 3].
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


def crop_at_unknown(rng, trimap, size):
    """Corner of a crop centred on a random unknown pixel, kept within the picture.

    Args:
        trimap: uint8 [H, W], 128 where unknown.
        size: side of the crop.

    Returns:
        (top, left), or None when no pixel is unknown.
    """
    unknown = np.flatnonzero(trimap == 128)
    if unknown.size == 0:
        return None
    row, column = divmod(int(unknown[rng.integers(unknown.size)]), trimap.shape[1])
    top = min(max(row - size // 2, 0), trimap.shape[0] - size)
    left = min(max(column - size // 2, 0), trimap.shape[1] - size)
    return top, left
