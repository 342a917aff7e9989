"""`python -m experiments interpolation`: Table 1, the cost of resampling the photo."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from experiments import tables
from experiments.scoring import score
from hop_tf.cli.network_options import add_network_arguments, load_predictor
from hop_tf.cli.output import check_output_file
from hop_tf.evaluation.reading import PictureSet
from hop_tf.evaluation.scoring import mean_scores
from hop_tf.models.presets import DEFAULT_PRESET

WAYS = {"nearest": cv2.INTER_NEAREST, "bilinear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}
FACTOR = 1.5

EPILOG = """\
Each photo is enlarged 1.5 times and reduced to its size again, with one interpolation for both, before the network sees
it; the row "none" uses the photo itself. Trimap and true alpha are never resampled.

example:
  python -m experiments interpolation alphamatting/ -o runs/table_1.md
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command and its options to the parser of `python -m experiments`."""
    parser = subparsers.add_parser(
        "interpolation",
        help="score a network on resampled photos: Table 1",
        description="Score a network on photos that were enlarged 1.5 times and reduced again: Table 1.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "pictures",
        metavar="DIR",
        type=Path,
        help="test set with input, alpha, trimap1; or merged, alpha, trimap; or image, alpha, trimap",
    )
    add_network_arguments(parser)
    parser.add_argument("-o", "--output", metavar="FILE.md", type=Path, help="also write the table and a .json file")
    parser.set_defaults(run=run)


def there_and_back(photo: np.ndarray, way: str) -> np.ndarray:
    """Enlarge a photo 1.5 times and reduce it to its size again.

    Args:
        photo: uint8 array `[height, width, 3]`.
        way: a key of `WAYS`, the interpolation of both steps.

    Returns:
        uint8 array `[height, width, 3]`.
    """
    height, width = photo.shape[:2]
    larger = cv2.resize(photo, (round(width * FACTOR), round(height * FACTOR)), interpolation=WAYS[way])
    return cv2.resize(larger, (width, height), interpolation=WAYS[way])


def run(args: argparse.Namespace) -> None:
    """Score a network under each interpolation and print the table."""
    pictures = PictureSet(args.pictures)
    if args.output:
        check_output_file(args.output, ".md", [])
    predictor = load_predictor(args)
    found = {"none": score(predictor.predict, pictures, "none")}
    for way in WAYS:
        found[way] = score(
            lambda photo, trimap, way=way: predictor.predict(there_and_back(photo, way), trimap), pictures, way
        )
    means = {way: mean_scores(of.values()) for way, of in found.items()}
    table = tables.markdown([{"interpolation": way} | tables.cells(mean) for way, mean in means.items()])
    weights = args.weights or f"the bundled weights of {args.preset or DEFAULT_PRESET}"
    text = f"{len(pictures)} pictures of {args.pictures.resolve().name}, {weights}.\n\n{table}"
    print(text)
    if args.output:
        rows = {way: {"mean": means[way], "pictures": of} for way, of in found.items()}
        tables.write(args.output, text, {"weights": str(weights), "rows": rows})
        print(f"wrote {args.output} and {args.output.with_suffix('.json')}")
