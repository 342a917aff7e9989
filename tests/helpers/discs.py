"""Discs to test levels with."""

import cv2
import numpy as np


def disc(radius, low, high, blur=0.0):
    """Return a disc of a level on another one, uint8 `[120, 160]`."""
    y, x = np.mgrid[-60:60, -80:80]
    mask = np.where(np.hypot(x, y) < radius, high, low).astype(np.float32)
    return np.rint(cv2.GaussianBlur(mask, (0, 0), blur) if blur else mask).astype(np.uint8)


def jpeg(array, quality):
    """Return a grey picture after JPEG compression."""
    return cv2.imdecode(cv2.imencode(".jpg", array, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
