"""A temporal median of alpha where the picture stands still. Elsewhere each frame keeps its own alpha."""

import collections
import functools
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import cv2
import numpy as np

from hop_tf.pictures.trimap import split_trimap

TOLERANCE = 6.0  # largest difference in colour of a still pixel, in levels of 0..255
_SMOOTHING = (3, 3)  # pixels over which colours are averaged first, because noise is no movement


class MattedFrame:
    """A frame whose alpha is computed when it is first asked for.

    Args:
        photo: uint8 or uint16 `[height, width, 3]`.
        trimap: uint8 `[height, width]`.
        find_alpha: function of both that returns alpha, float32 `[height, width]` in 0..1.
        time: seconds from the first frame, or `None`.

    Attributes:
        alpha: float32 `[height, width]`, the frame's own alpha.
        smooth: float32 `[height, width, 3]`, its colours of 0..255 without most of their noise.
    """

    def __init__(
        self,
        photo: np.ndarray,
        trimap: np.ndarray,
        find_alpha: Callable[[np.ndarray, np.ndarray], np.ndarray],
        time: Fraction | None = None,
    ):
        self.photo, self.trimap, self.time, self._find_alpha = photo, trimap, time, find_alpha

    @functools.cached_property
    def alpha(self) -> np.ndarray:
        return self._find_alpha(self.photo, self.trimap)

    @functools.cached_property
    def smooth(self) -> np.ndarray:
        levels = self.photo / np.float32(np.iinfo(self.photo.dtype).max / 255)
        return cv2.blur(levels, _SMOOTHING)


def windows(frames: Iterable[MattedFrame]) -> Iterator[tuple[MattedFrame, tuple[MattedFrame, ...]]]:
    """Yield each frame with the three frames around it; at the ends, with the first and the last three.

    No more than three frames are held at a time. A film of one or two frames has no others around it.

    Args:
        frames: the frames in order.
    """
    window: collections.deque[MattedFrame] = collections.deque(maxlen=3)
    for count, frame in enumerate(frames, 1):
        window.append(frame)
        if count == 3:
            yield window[0], tuple(window)
        if count >= 3:
            yield window[1], tuple(window)
    if len(window) == 3:
        yield window[2], tuple(window)
    else:
        yield from ((frame, (frame,)) for frame in window)


def window_numbers(number: int, count: int) -> range:
    """Return the numbers of the frames that `windows` yields with a frame.

    Args:
        number: of the frame, from 0.
        count: of the film's frames.
    """
    if count < 3:
        return range(number, number + 1)
    first = min(max(number - 1, 0), count - 3)
    return range(first, first + 3)


def steady_alpha(frame: MattedFrame, window: tuple[MattedFrame, ...], tolerance: float = TOLERANCE) -> np.ndarray:
    """Return the alpha of a frame: where the picture stands still, the median of three frames.

    A pixel stands still if no colour channel, averaged over 3 x 3 pixels, differs by more than `tolerance` between any
    two of the frames. Known pixels of the frame's own trimap keep their alpha.

    Args:
        frame, window: from `windows`.
        tolerance: in levels of 0..255; 0 keeps the alpha of each frame.

    Returns:
        float32 `[height, width]` in 0..1.
    """
    unknown, _ = split_trimap(frame.trimap)
    if len(window) < 3 or not tolerance or not unknown.any():
        return frame.alpha
    colours = [each.smooth for each in window]
    differences = functools.reduce(np.maximum, colours) - functools.reduce(np.minimum, colours)
    still = unknown & (differences.max(axis=2) <= tolerance)
    first, second, third = (each.alpha for each in window)
    median = np.maximum(np.minimum(first, second), np.minimum(np.maximum(first, second), third))
    return np.where(still, median, frame.alpha)
