"""The paper's affine transform: rotation, scale per axis, shear and mirroring about the middle of the picture."""

import numpy as np

#: Pictures whose longer side is below this are not rotated.
ROTATED_FROM = 1024


def random_affine(rng, height, width, degrees=30, scale=(0.8, 1.25), shear=10, flip=0.5):
    """A random affine map of a picture onto a canvas of the same size.

    Args:
        rng: numpy.random.Generator.
        height, width: size of the picture in pixels.
        degrees: largest rotation either way; none when the longer side is under 1024 pixels.
        scale: range of the factor on each axis.
        shear: largest shear either way, in degrees.
        flip: probability of mirroring, for each axis.

    Returns:
        float64 [2, 3], from (x, y, 1) to (x, y).
    """
    turn = np.deg2rad(rng.uniform(-degrees, degrees)) if max(height, width) >= ROTATED_FROM else 0.0
    stretch = rng.uniform(*scale, 2) * np.where(rng.random(2) < flip, -1, 1)
    slant = np.tan(np.deg2rad(rng.uniform(-shear, shear)))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = rotation @ np.array([[1, slant], [0, 1]]) @ np.diag(stretch)
    middle = np.array([width - 1, height - 1]) / 2
    return np.concatenate([linear, (middle - linear @ middle)[:, None]], axis=1)
