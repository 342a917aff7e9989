"""Rotation, scaling, shear and mirroring of a foreground together with its alpha."""

import cv2
import numpy as np

from hop_tf.pictures.eight_bit import to_uint8


def place_cutout(
    rng: np.random.Generator,
    foreground: tuple[np.ndarray, np.ndarray],
    size: int,
    colour_interpolation: int = cv2.INTER_LINEAR,
    alpha_interpolation: int = cv2.INTER_LINEAR,
) -> tuple[np.ndarray, np.ndarray]:
    """Warp a cutout onto a square, with a random point of its edge near the centre.

    Args:
        rng: random generator.
        foreground: colour uint8 `[height, width, 3]`, RGB, not multiplied by alpha; alpha float32 `[height, width]` in
            0..1.
        size: side of the square in pixels.
        colour_interpolation, alpha_interpolation: OpenCV interpolation flags.

    Returns:
        Colour uint8 `[size, size, 3]`, RGB; alpha float32 `[size, size]` in 0..1.
    """
    colour, alpha = foreground
    alpha = to_uint8(alpha)
    height, width = alpha.shape
    fit = size / max(height, width)
    scale = np.clip(fit * np.exp(rng.uniform(np.log(0.25), np.log(1.2))), 0.2, 1.5)
    matrix = _linear_part(rng, scale)
    anchor = _edge_point(rng, alpha)
    target = size * rng.uniform(0.3, 0.7, 2)
    matrix = np.concatenate([matrix, (target - matrix @ anchor)[:, None]], axis=1)
    if scale < 1:  # like area averaging, which makes strands fainter
        sigma = 0.4 / scale
        colour, alpha = cv2.GaussianBlur(colour, (0, 0), sigma), cv2.GaussianBlur(alpha, (0, 0), sigma)
    where = (size, size)
    colour = cv2.warpAffine(colour, matrix, where, flags=colour_interpolation, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(alpha, matrix, where, flags=alpha_interpolation, borderMode=cv2.BORDER_CONSTANT)
    return colour, alpha.astype(np.float32) / 255


def _linear_part(rng, scale):
    """Return a random rotation, shear, stretch and mirroring, multiplied by `scale`; float64 `[2, 2]`."""
    turn = rng.normal(0, 0.5) if rng.random() < 0.6 else rng.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shear = np.array([[1, rng.uniform(-0.2, 0.2)], [0, 1]])
    stretch = np.exp(rng.uniform(-0.15, 0.15))
    mirror = rng.choice([-1.0, 1.0])
    return scale * rotation @ shear @ np.diag([mirror * stretch, 1 / stretch])


def _edge_point(rng, alpha):
    """Return a random (x, y) where alpha is neither 0 nor 1, or on a hard edge; the centre if there is no edge."""
    soft = np.flatnonzero((alpha > 8) & (alpha < 247))
    if soft.size == 0:
        soft = np.flatnonzero(cv2.morphologyEx(alpha, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    if soft.size == 0:
        return np.array([alpha.shape[1] / 2, alpha.shape[0] / 2])
    row, column = divmod(int(soft[rng.integers(soft.size)]), alpha.shape[1])
    return np.array([column, row], float)
