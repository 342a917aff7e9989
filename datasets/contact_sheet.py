"""Training samples in one picture, as the network sees them."""

import cv2
import numpy as np

_COLUMNS = ("composite", "trimap", "alpha")
_HEADER = 20


def contact_sheet(samples, count, columns=2, epoch=0):
    """Samples side by side under labelled columns; uint8 RGB [height, width, 3].

    Args:
        samples: MattingSamples.
        count: number of samples.
        columns: samples in a row.
    """
    cells = []
    for index in range(count):
        image, trimap, alpha = samples.sample(index, epoch)
        grey = (np.repeat(plane[..., None], 3, axis=2) for plane in (trimap, np.rint(alpha * 255).astype(np.uint8)))
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
