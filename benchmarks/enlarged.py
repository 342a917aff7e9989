"""SAD of enlarged photos, in the area of the original, at one scale and at two, as a Markdown table."""

import argparse
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from hop_tf.cli.arguments import OneLineParser, exit_code
from hop_tf.cli.network_options import add_network_arguments, load_predictor
from hop_tf.evaluation.metrics import sad
from hop_tf.evaluation.reading import PictureSet
from hop_tf.pictures.eight_bit import to_uint8


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and return its exit code."""
    parser = OneLineParser(prog="python -m benchmarks enlarged", description=__doc__)
    parser.add_argument("pictures", help="folder with image, trimap and alpha, or those of alphamatting.com")
    parser.add_argument("--factors", nargs="+", type=int, default=[1, 2, 3, 4], metavar="N", help="default: 1 2 3 4")
    add_network_arguments(parser)
    return exit_code(lambda: _print_table(parser.parse_args(argv)))


def enlarged(picture: np.ndarray, factor: int) -> np.ndarray:
    """Enlarge a uint8 photo or alpha by Lanczos resampling."""
    height, width = picture.shape[:2]
    size = (factor * width, factor * height)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _print_table(args: argparse.Namespace) -> None:
    pictures, predictor = PictureSet(args.pictures), load_predictor(args)
    print("| enlarged | one scale | two scales |\n|---|---|---|")
    for factor in args.factors:
        found: dict[bool, list[float]] = {False: [], True: []}
        for _, photo, trimap, alpha in tqdm(pictures, f"{factor} times", unit="photo", disable=None, leave=False):
            photo, alpha = enlarged(photo, factor), enlarged(alpha, factor)
            trimap = cv2.resize(trimap, alpha.shape[::-1], interpolation=cv2.INTER_NEAREST)
            for two_scales, scores in found.items():
                predictor.two_scales = two_scales
                scores.append(sad(to_uint8(predictor.predict(photo, trimap)), alpha, trimap) / factor**2)
        one, two = (float(np.mean(scores)) for scores in found.values())
        print(f"| {factor} times | {one:.2f} | {two:.2f} |", flush=True)
