"""Degradation by lenses, sensors and files: defocus, motion blur, noise, tone curves, JPEG."""

import cv2
import numpy as np

from hop_tf.pictures.eight_bit import round_to_uint8, to_uint8


def defocus(rng: np.random.Generator, picture: np.ndarray, largest: float = 6.0) -> np.ndarray:
    """Blur a picture with a Gaussian of random sigma up to `largest` pixels; shape and dtype stay the same."""
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, largest))


def soften_alpha(rng: np.random.Generator, alpha: np.ndarray) -> np.ndarray:
    """Blur a whole alpha matte, float32 `[height, width]` in 0..1, by defocus or motion."""
    if rng.random() < 0.7:
        return np.clip(cv2.GaussianBlur(alpha, (0, 0), 0.4 + 3.0 * rng.random() ** 2), 0, 1)
    length = int(rng.integers(3, 16))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    middle = (length - 1) / 2
    reach = middle * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(int(v) for v in np.rint(middle + sign * reach)) for sign in (-1, 1)]
    cv2.line(kernel, *ends, 1.0)
    return np.clip(cv2.filter2D(alpha, -1, kernel / kernel.sum()), 0, 1)


def degrade(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Apply a random selection of tone curve, blur or sharpening, sensor noise and JPEG compression.

    Args:
        rng: random generator.
        picture: uint8 array `[height, width, 3]`, RGB.

    Returns:
        uint8 array `[height, width, 3]`, RGB.
    """
    if rng.random() < 0.6:
        picture = _tone(rng, picture)
    if rng.random() < 0.35:
        picture = _sharpness(rng, picture)
    if rng.random() < 0.5:
        picture = _noise(rng, picture)
    if rng.random() < 0.5:
        picture = _jpeg(rng, picture)
    return picture


def _tone(rng, picture):
    """Change gamma, contrast and brightness."""
    ramp = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.35, 0.35))
    ramp = (ramp - 0.5) * rng.uniform(0.8, 1.2) + 0.5 + rng.uniform(-0.08, 0.08)
    return cv2.LUT(picture, to_uint8(ramp))


def _sharpness(rng, picture):
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.9))
    if rng.random() < 0.5:
        return soft
    amount = rng.uniform(0.2, 0.8)
    return cv2.addWeighted(picture, 1 + amount, soft, -amount, 0)


def _noise(rng, picture):
    """Add Gaussian noise, grey or coloured, with a sigma of up to 8.5 levels."""
    channels = 1 if rng.random() < 0.3 else 3
    noise = rng.standard_normal((*picture.shape[:2], channels), np.float32) * (8 * rng.random() ** 2 + 0.5)
    return round_to_uint8(picture + noise)


def _jpeg(rng, picture):
    quality = int(rng.integers(60, 101))
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        return picture
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
