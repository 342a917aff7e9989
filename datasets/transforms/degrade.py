"""What lenses, sensors and files do to pictures: defocus, motion, noise, tone curves, JPEG."""

import cv2
import numpy as np


def defocus(rng, picture, largest=6.0):
    """Gaussian blur of random width up to ``largest`` pixels; same shape and dtype."""
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, largest))


def soften_alpha(rng, alpha):
    """Defocus or motion blur of a whole alpha matte; float32 [H, W], 0..1."""
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


def degrade(rng, picture):
    """A random few of: tone curve, blur or sharpening, sensor noise, JPEG; uint8 RGB [H, W, 3]."""
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
    """Gamma, contrast and brightness in one table."""
    ramp = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.35, 0.35))
    ramp = (ramp - 0.5) * rng.uniform(0.8, 1.2) + 0.5 + rng.uniform(-0.08, 0.08)
    return cv2.LUT(picture, np.clip(np.rint(255 * ramp), 0, 255).astype(np.uint8))


def _sharpness(rng, picture):
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.9))
    if rng.random() < 0.5:
        return soft
    amount = rng.uniform(0.2, 0.8)
    return cv2.addWeighted(picture, 1 + amount, soft, -amount, 0)


def _noise(rng, picture):
    """Normal noise, grey or coloured, of up to 8 levels."""
    channels = 1 if rng.random() < 0.3 else 3
    noise = rng.standard_normal((*picture.shape[:2], channels), np.float32) * (8 * rng.random() ** 2 + 0.5)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def _jpeg(rng, picture):
    quality = int(rng.integers(60, 101))
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        return picture
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
