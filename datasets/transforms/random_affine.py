"""The paper's affine transform: rotation, scaling of each axis, shear and mirroring about the picture's centre."""

import numpy as np

#: Only pictures whose longer side has at least this many pixels are rotated.
ROTATED_FROM = 1024


def random_affine(
    rng: np.random.Generator,
    height: int,
    width: int,
    degrees: float = 30,
    scale: tuple[float, float] = (0.8, 1.25),
    shear: float = 10,
    flip: float = 0.5,
) -> np.ndarray:
    """Return a random affine map of a picture onto a canvas of the same size.

    Args:
        rng: random generator.
        height, width: size of the picture in pixels.
        degrees: largest rotation in either direction. Pictures whose longer side is below 1024 pixels are not rotated.
        scale: range of the scale factor of each axis.
        shear: largest shear in either direction, in degrees.
        flip: probability of mirroring each axis.

    Returns:
        float64 array `[2, 3]`, the matrix from (x, y, 1) to (x, y).
    """
    turn = np.deg2rad(rng.uniform(-degrees, degrees)) if max(height, width) >= ROTATED_FROM else 0.0
    stretch = rng.uniform(*scale, 2) * np.where(rng.random(2) < flip, -1, 1)
    slant = np.tan(np.deg2rad(rng.uniform(-shear, shear)))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = rotation @ np.array([[1, slant], [0, 1]]) @ np.diag(stretch)
    middle = np.array([width - 1, height - 1]) / 2
    return np.concatenate([linear, (middle - linear @ middle)[:, None]], axis=1)
