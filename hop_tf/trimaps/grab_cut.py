"""GrabCut (Rother, Kolmogorov and Blake, 2004), by OpenCV."""

import cv2
import numpy as np

from hop_tf.trimaps.marks import Marks


def grab_cut(marks: Marks, guess: np.ndarray, rounds: int = 5) -> list[np.ndarray]:
    """Return the objects that GrabCut finds from a first guess, in RGB and in Lab.

    Args:
        marks: a small photo and its marks, which are certain.
        guess: bool `[height, width]`, where the object probably is.

    Returns:
        Two bool arrays `[height, width]`.
    """
    labels = np.where(guess, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[~marks.box | marks.background] = cv2.GC_BGD
    labels[marks.foreground] = cv2.GC_FGD
    return [
        _segmented(colours, labels.copy(), rounds)
        for colours in (marks.photo, cv2.cvtColor(marks.photo, cv2.COLOR_RGB2LAB))
    ]


def _segmented(colours, labels, rounds):
    is_object = _is_object(labels)
    if is_object.any() and not is_object.all():  # GrabCut needs pixels of both kinds
        cv2.setRNGSeed(0)
        rectangle = 0, 0, 1, 1  # not used with a mask
        cv2.grabCut(colours, labels, rectangle, np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK)
        is_object = _is_object(labels)
    return is_object


def _is_object(labels):
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
