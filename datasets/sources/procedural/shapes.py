"""Closed contours and antialiased filling."""

import cv2
import numpy as np

FIXED_SHIFT = 4  # fractional bits of OpenCV's fixed-point coordinates
LENS_BLUR = 0.3, 0.8  # smallest and largest sigma in pixels of a lens in focus


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a random number between `low` and `high` with a uniformly distributed logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def blob_contour(
    rng: np.random.Generator,
    centre: np.ndarray,
    radius: float,
    roughness: float = 0.25,
    harmonics: int = 5,
    points: int = 160,
) -> np.ndarray:
    """Return a closed wavy outline around `centre`.

    Args:
        rng: random generator.
        centre: x and y in pixels.
        radius: mean radius in pixels.
        roughness: amplitude of the waves, as a share of the radius.
        harmonics: number of wave frequencies.
        points: number of points.

    Returns:
        float32 array `[points, 2]`, x and y, in order of angle.
    """
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = np.ones(points)
    for k in range(1, harmonics + 1):
        reach += roughness / k * rng.normal() * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    reach = radius * np.maximum(reach, 0.2)
    stretch = rng.uniform(0.75, 1.3)
    outline = np.stack([reach * np.cos(angle) * stretch, reach * np.sin(angle) / stretch], axis=1)
    turn = rng.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (outline @ rotation.T + np.asarray(centre)).astype(np.float32)


def body_contour(
    rng: np.random.Generator, size: int, low: float = 0.3, high: float = 0.6, roughness: float = 0.2
) -> np.ndarray:
    """Return the outline of a large body that covers much of the picture and is cut off by its border.

    Args:
        rng: random generator.
        size: side of the picture in pixels.
        low, high: range of the radius, as shares of the side.
        roughness: as in `blob_contour`.
    """
    radius = rng.uniform(low, high) * size
    direction = rng.uniform(0, 2 * np.pi)
    distance = radius * rng.uniform(0.3, 1.0)
    centre = size / 2 + distance * np.array([np.cos(direction), np.sin(direction)])
    return blob_contour(rng, centre, radius, roughness, harmonics=int(rng.integers(2, 7)))


def visible(points: np.ndarray, size: int, margin: float) -> np.ndarray:
    """Return the points, of an array `[n, 2]`, that lie in the picture or its margin, or all points if none do.

    Args:
        points: x and y in pixels.
        size: side of the picture in pixels.
        margin: width of the margin, as a share of the side.
    """
    near = ((points > -margin * size) & (points < (1 + margin) * size)).all(axis=1)
    return points[near] if near.any() else points


def to_fixed(points: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Convert points to OpenCV's fixed-point integers; draw them with `shift=FIXED_SHIFT`."""
    return np.rint(np.asarray(points) * (scale * (1 << FIXED_SHIFT))).astype(np.int32)


def thin_line(width: float) -> tuple[int, float]:
    """Return thickness and opacity of a line that covers the area of one `width` pixels wide, however thin that is."""
    thickness = max(1, round(width))
    return thickness, min(1.0, width / thickness)


def fill_contour(points: np.ndarray, size: int, supersample: int = 2) -> np.ndarray:
    """Fill an outline with antialiasing; float32 `[size, size]` in 0..1."""
    canvas = np.zeros((size * supersample, size * supersample), np.uint8)
    cv2.fillPoly(canvas, [to_fixed(points, supersample)], 255, cv2.LINE_AA, shift=FIXED_SHIFT)
    return shrink_coverage(canvas, size)


def shrink_coverage(canvas: np.ndarray, size: int) -> np.ndarray:
    """Area-average a supersampled uint8 canvas to float32 `[size, size]` in 0..1."""
    if canvas.shape[0] != size:
        canvas = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return canvas.astype(np.float32) / 255
