"""`python -m experiments interpolation`: Table 1, how much resampling the photo costs."""

import argparse
from pathlib import Path

import cv2

from experiments import scoring
from hop_tf.cli.network_options import add_network_arguments, load_predictor
from hop_tf.cli.output import check_output_file
from hop_tf.evaluation.reading import PictureSet

WAYS = {"nearest": cv2.INTER_NEAREST, "bilinear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}
FACTOR = 1.5

EPILOG = """\
Each photo is enlarged 1.5 times and brought back to its size, both with one interpolation, before the network sees it;
in the row none it is as it is. Trimap and true alpha are never resampled.

example:
  python -m experiments interpolation alphamatting/ -o runs/table_1.md
"""


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "interpolation",
        help="score photos that were enlarged and brought back: Table 1",
        description="Score a network on photos that were enlarged 1.5 times and brought back: Table 1.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "pictures",
        metavar="DIR",
        type=Path,
        help="with input, alpha, trimap1; or merged, alpha, trimap; or image, alpha, trimap",
    )
    add_network_arguments(parser)
    parser.add_argument("-o", "--output", metavar="FILE.md", type=Path, help="also write the table, and a .json file")
    parser.set_defaults(run=run)


def there_and_back(photo, way):
    """A photo enlarged 1.5 times and brought back to its size.

    Args:
        photo: uint8 `[height, width, 3]`.
        way: key of `WAYS`, the interpolation of both steps.

    Returns:
        uint8 `[height, width, 3]`.
    """
    height, width = photo.shape[:2]
    larger = cv2.resize(photo, (round(width * FACTOR), round(height * FACTOR)), interpolation=WAYS[way])
    return cv2.resize(larger, (width, height), interpolation=WAYS[way])


def run(args):
    pictures = PictureSet(args.pictures)
    if args.output:
        check_output_file(args.output, ".md", [])
    predictor = load_predictor(args)
    found = {"none": scoring.score(predictor, pictures, label="none")}
    for way in WAYS:
        found[way] = scoring.score(predictor, pictures, lambda photo, way=way: there_and_back(photo, way), way)
    table = scoring.markdown([{"interpolation": way} | scoring.cells(scoring.mean(of)) for way, of in found.items()])
    weights = args.weights or f"the bundled weights of {args.preset}"
    text = f"{len(pictures)} pictures of {args.pictures.resolve().name}, {weights}.\n\n{table}"
    print(text)
    if args.output:
        rows = {way: {"mean": scoring.mean(of), "pictures": of} for way, of in found.items()}
        scoring.write(args.output, text, {"weights": str(weights), "rows": rows})
        print(f"wrote {args.output} and {args.output.with_suffix('.json')}")
