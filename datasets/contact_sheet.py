"""Training samples in one picture, as the network sees them."""

import cv2
import numpy as np

from hop_tf.datasets.samples import MattingSamples
from hop_tf.pictures.eight_bit import to_uint8

_COLUMNS = ("composite", "trimap", "alpha")
_HEADER = 20


def contact_sheet(samples: MattingSamples, count: int, columns: int = 2, epoch: int = 0) -> np.ndarray:
    """Draw samples side by side under labelled columns.

    Args:
        samples: the samples.
        count: number of samples.
        columns: number of samples in a row.
        epoch: epoch of the samples.

    Returns:
        uint8 array `[height, width, 3]`, RGB.
    """
    cells = []
    for index in range(count):
        image, trimap, alpha = samples.sample(index, epoch)[:3]
        grey = (np.repeat(plane[..., None], 3, axis=2) for plane in (trimap, to_uint8(alpha)))
        cell = np.concatenate([image, *grey], axis=1)
        cells.append(np.pad(cell, ((0, 4), (0, 4), (0, 0)), constant_values=90))
    cells += [np.full_like(cells[0], 90)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[start : start + columns], axis=1) for start in range(0, len(cells), columns)]
    header = np.full((_HEADER, rows[0].shape[1], 3), 255, np.uint8)
    for column in range(columns):
        for place, label in enumerate(_COLUMNS):
            corner = (column * cells[0].shape[1] + place * samples.crop_size + 4, _HEADER - 6)
            cv2.putText(header, label, corner, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return np.concatenate([header, *rows])
