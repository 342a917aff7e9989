"""SAD of mattes from a box, a few strokes and a model's mask, in units of the SAD with the given narrow trimap.

The box is that of the true alpha above 5 %, enlarged by 5 % around its centre. SAD is summed over the whole picture.
Each stroke marks the largest error. Within the largest connected region of pixels on the wrong side of alpha 0.5, it is
the part around the deepest pixel that lies at least half as deep; it marks object or background as in the true alpha.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from hop_tf.cli.arguments import OneLineParser, count, exit_code
from hop_tf.inference.predictor import Predictor
from hop_tf.pictures.folders import pictures_by_stem
from hop_tf.pictures.reading import read_alpha, read_photo, read_trimap
from hop_tf.trimaps.band import trimap_of
from hop_tf.trimaps.corrections import correct
from hop_tf.trimaps.rembg import RembgModel, band_width
from hop_tf.trimaps.segmentation import Box, segment

_LOWEST_ALPHA = 13
_ENLARGED = 1.05


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and return its exit code."""
    parser = OneLineParser(prog="python -m benchmarks trimaps", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders with input/, alpha/ and trimap1/")
    parser.add_argument("--strokes", type=count, default=3, help="number of strokes; default: %(default)s")
    parser.add_argument(
        "--rembg",
        metavar="MODEL",
        help="also masks by a model of rembg, such as u2netp, with and without box and strokes",
    )
    return exit_code(lambda: _print_table(parser.parse_args(argv)))


def _print_table(args: argparse.Namespace) -> None:
    predictor, model = Predictor(), RembgModel(args.rembg) if args.rembg else None
    pictures = [paths for folder in args.folders for paths in _pictures(folder)]
    rows = []
    for stem, *paths in tqdm(pictures, unit="photo", disable=None):
        photo, alpha, trimap = (
            read(path) for read, path in zip((read_photo, read_alpha, read_trimap), paths, strict=True)
        )
        unit = _sad(predictor.predict(photo, trimap), alpha)
        trimaps = _trimaps(photo, alpha, args.strokes)
        if model:
            trimaps |= _trimaps_by_model(model, args.rembg, photo, alpha, args.strokes)
        rows.append({source: _sad(predictor.predict(photo, made), alpha) / unit for source, made in trimaps.items()})
        tqdm.write(f"{stem}: " + "; ".join(f"{source} {ratio:.2f}" for source, ratio in rows[-1].items()))
    print("| trimap from | median | quartiles |\n|---|---|---|")
    for source in rows[0]:
        low, median, high = np.percentile([row[source] for row in rows], [25, 50, 75])
        print(f"| {source} | {median:.2f} | {low:.2f} and {high:.2f} |")


def _pictures(folder: Path) -> Iterator[tuple[str, Path, Path, Path]]:
    parts = [pictures_by_stem(folder / part) for part in ("input", "alpha", "trimap1")]
    for stem in parts[0]:
        yield stem, *(part[stem] for part in parts)


def _trimaps(photo: np.ndarray, alpha: np.ndarray, strokes: int) -> dict[str, np.ndarray]:
    """Return trimaps from the box, and with strokes, by what they are made from."""
    box = box_of(alpha)
    marks = _strokes(lambda *marks: segment(photo, box, *marks), alpha, strokes)
    return {
        "box": trimap_of(photo, segment(photo, box)),
        f"box, {strokes} strokes": trimap_of(photo, segment(photo, box, *marks), None, *marks),
    }


def _trimaps_by_model(model, name, photo, alpha, strokes):
    """Return trimaps from a model's mask, with the box, and with strokes, by what they are made from."""
    box = box_of(alpha)
    mask = model.mask(photo, box)
    marks = _strokes(lambda *marks: correct(photo, mask, *marks, box) >= 128, alpha, strokes)
    return {
        f"rembg:{name}": model.trimap(photo),
        f"rembg:{name}, box": trimap_of(photo, mask, band_width(photo, box)),
        f"rembg:{name}, box, {strokes} strokes": trimap_of(
            photo, correct(photo, mask, *marks, box), band_width(photo, box, corrected=True), *marks
        ),
    }


def _strokes(mask_from, alpha, count):
    """Return `count` strokes through the largest errors, on object and background: bool `[2, height, width]`."""
    marks = np.zeros((2, *alpha.shape), bool)
    for _ in range(count):
        stroke = stroke_through_errors(mask_from(*marks), alpha)
        marks[0] |= stroke & (alpha >= 128)
        marks[1] |= stroke & (alpha < 128)
    return marks


def box_of(alpha: np.ndarray) -> Box:
    """Return the enlarged box of a uint8 alpha `[height, width]`, cut off at the border."""
    spans = []
    for axis in (0, 1):
        place = np.flatnonzero((alpha >= _LOWEST_ALPHA).any(axis=axis))
        start, end = place[0], place[-1] + 1
        more = (end - start) * (_ENLARGED - 1) / 2
        spans.append((max(0, round(start - more)), min(alpha.shape[1 - axis], round(end + more))))
    (left, right), (top, bottom) = spans
    return left, top, right - left, bottom - top


def stroke_through_errors(mask: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return the stroke through the largest error of a bool mask `[height, width]`, bool `[height, width]`."""
    is_object = alpha >= 128
    wrong = ((mask != is_object) * np.where(is_object, 2, 1)).astype(np.uint8)  # of one kind at a time
    largest = max((_largest_part(wrong == kind) for kind in (1, 2)), key=np.sum)
    depth = cv2.distanceTransform(np.pad(largest.astype(np.uint8), 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    if not largest.any():
        return largest
    _, parts = cv2.connectedComponents((depth >= depth.max() / 2).astype(np.uint8))
    return parts == parts[np.unravel_index(depth.argmax(), depth.shape)]


def _largest_part(region):
    _, parts, statistics, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8))
    sizes = statistics[1:, cv2.CC_STAT_AREA]
    return parts == 1 + sizes.argmax() if len(sizes) else np.zeros_like(region)


def _sad(found, alpha):
    return float(np.abs(found - alpha / np.float32(255)).sum() / 1000)


if __name__ == "__main__":
    sys.exit(main())
