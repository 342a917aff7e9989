"""SAD of mattes from a box, a few strokes and a model's mask, in units of the SAD with the given narrow trimap.

The box is that of the true alpha above 5 %, enlarged by 5 % around its centre. SAD is summed over the whole picture.
Each stroke is drawn where the mask is most wrong: in the largest connected region of pixels on the wrong side of alpha
0.5, the part that lies at least half as far inside as the deepest pixel and is connected to it, labelled by alpha.
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
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND
from hop_tf.trimaps.band import trimap_of
from hop_tf.trimaps.rembg import RembgModel
from hop_tf.trimaps.segmentation import Box, segment

_LOWEST_ALPHA = 13
_ENLARGED = 1.05


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and return its exit code."""
    parser = OneLineParser(prog="python -m benchmarks trimaps", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders with input/, alpha/ and trimap1/")
    parser.add_argument("--strokes", type=count, default=3, help="default: %(default)s")
    parser.add_argument(
        "--rembg", metavar="MODEL", help="also take masks by a model of rembg, such as u2netp, without and with the box"
    )
    return exit_code(lambda: _print_table(parser.parse_args(argv)))


def _print_table(args: argparse.Namespace) -> None:
    predictor, model = Predictor(), RembgModel(args.rembg) if args.rembg else None
    sources = ["box", f"box, {args.strokes} strokes"]
    if model:
        sources += [f"rembg:{args.rembg}", f"rembg:{args.rembg}, box"]
    pictures = [paths for folder in args.folders for paths in _pictures(folder)]
    rows = []
    for stem, *paths in tqdm(pictures, unit="photo", disable=None):
        photo, alpha, trimap = (
            read(path) for read, path in zip((read_photo, read_alpha, read_trimap), paths, strict=True)
        )
        unit = _sad(predictor.predict(photo, trimap), alpha)
        sads = [*_sads(predictor, photo, alpha, args.strokes)]
        if model:
            sads += [
                _sad(predictor.predict(photo, model.trimap(photo, box=box)), alpha) for box in (None, box_of(alpha))
            ]
        rows.append([sad / unit for sad in sads])
        tqdm.write(
            f"{stem}: " + "; ".join(f"{source} {ratio:.2f}" for source, ratio in zip(sources, rows[-1], strict=True))
        )
    print("| trimap from | median | quartiles |\n|---|---|---|")
    for source, values in zip(sources, np.transpose(rows), strict=True):
        low, median, high = np.percentile(values, [25, 50, 75])
        print(f"| {source} | {median:.2f} | {low:.2f} and {high:.2f} |")


def _pictures(folder: Path) -> Iterator[tuple[str, Path, Path, Path]]:
    parts = [pictures_by_stem(folder / part) for part in ("input", "alpha", "trimap1")]
    for stem in parts[0]:
        yield stem, *(part[stem] for part in parts)


def _sads(predictor: Predictor, photo: np.ndarray, alpha: np.ndarray, strokes: int) -> Iterator[float]:
    """Yield the SAD from the box, and with strokes."""
    box = box_of(alpha)
    marks = np.zeros((2, *alpha.shape), bool)
    mask = segment(photo, box)
    yield _sad(predictor.predict(photo, trimap_of(photo, mask)), alpha)
    for _ in range(strokes):
        stroke = stroke_through_errors(mask, alpha)
        marks[0] |= stroke & (alpha >= 128)
        marks[1] |= stroke & (alpha < 128)
        mask = segment(photo, box, *marks)
    trimap = trimap_of(photo, mask)
    trimap[marks[0]], trimap[marks[1]] = FOREGROUND, BACKGROUND  # as in `hop-tf trimap`
    yield _sad(predictor.predict(photo, trimap), alpha)


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
