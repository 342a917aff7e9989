"""Contact sheet of training samples: ``python -m datasets.preview -o sheet.png``."""

import argparse

import cv2
import numpy as np

from datasets.loader import MattingDataset
from datasets.sources.procedural import KINDS, ProceduralForegrounds

_COLUMNS = ("composite", "trimap", "alpha")
_HEADER = 20


def contact_sheet(dataset, count, columns=2, epoch=0):
    """Samples side by side under labelled columns; uint8 RGB [height, width, 3].

    Args:
        dataset: MattingDataset.
        count: number of samples.
        columns: samples in a row.
    """
    cells = []
    for index in range(count):
        image, trimap, alpha = dataset.sample(index, epoch)
        grey = (np.repeat(plane[..., None], 3, axis=2) for plane in (trimap, np.rint(alpha * 255).astype(np.uint8)))
        cell = np.concatenate([image, *grey], axis=1)
        cells.append(np.pad(cell, ((0, 4), (0, 4), (0, 0)), constant_values=90))
    cells += [np.full_like(cells[0], 90)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[start : start + columns], axis=1) for start in range(0, len(cells), columns)]
    header = np.full((_HEADER, rows[0].shape[1], 3), 255, np.uint8)
    for column in range(columns):
        for place, label in enumerate(_COLUMNS):
            corner = (column * cells[0].shape[1] + place * dataset.crop_size + 4, _HEADER - 6)
            cv2.putText(header, label, corner, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return np.concatenate([header, *rows])


def main(arguments=None):
    """Writes a contact sheet to a file."""
    parser = argparse.ArgumentParser(prog="python -m datasets.preview", description=__doc__)
    parser.add_argument("-o", "--output", required=True, help="image file to write")
    parser.add_argument("--foregrounds", help="folder of RGBA cut-outs (default: drawn foregrounds only)")
    parser.add_argument("--backgrounds", help="folder of photos (default: generated textures)")
    parser.add_argument("--kind", choices=sorted(KINDS), help="draw this kind of foreground only")
    parser.add_argument("--count", type=int, default=16, help="number of samples (default: 16)")
    parser.add_argument("--columns", type=int, default=2, help="samples in a row (default: 2)")
    parser.add_argument("--crop-size", type=int, default=192, help="side of a sample in pixels (default: 192)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    drawn = ProceduralForegrounds({options.kind: 1}) if options.kind else None
    dataset = MattingDataset(
        None if options.kind else options.foregrounds, options.backgrounds, options.crop_size, 1, seed=options.seed,
        drawn=drawn,
    )  # fmt: skip
    sheet = contact_sheet(dataset, options.count, options.columns)
    if not cv2.imwrite(options.output, sheet[..., ::-1]):
        parser.error(f"cannot write {options.output}")


if __name__ == "__main__":
    main()
