"""`hop-tf data preview`: what the network will see."""

import argparse
from pathlib import Path

import cv2

from hop_tf.cli.data import options
from hop_tf.cli.data.errors import data_errors
from hop_tf.datasets.contact_sheet import contact_sheet
from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.sources.procedural import KINDS, ProceduralForegrounds
from hop_tf.errors import UserError

EPILOG = """\
example:
  hop-tf data preview -o sheet.png --foregrounds cutouts/ --backgrounds photos/
"""


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "preview",
        help="draw training samples into one picture",
        description="Draw a contact sheet of training samples: composite, trimap and alpha.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="picture to write")
    options.add_folders(parser)
    parser.add_argument("--kind", choices=sorted(KINDS), help="draw this kind of foreground only")
    options.add_recipe(parser, default="open")
    parser.add_argument("--count", metavar="N", type=options.positive, default=16, help="samples (default: 16)")
    parser.add_argument("--columns", metavar="N", type=options.positive, default=2, help="in a row (default: 2)")
    parser.add_argument(
        "--crop-size", metavar="N", type=options.positive, default=192, help="side of a sample (default: 192)"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="which samples (default: 0)")
    parser.set_defaults(run=run)


def run(args):
    if args.kind and args.foregrounds:
        raise UserError("--kind draws the foregrounds; it does not go together with --foregrounds")
    if not args.output.absolute().parent.is_dir():
        raise UserError(f"{args.output}: the folder {args.output.parent} does not exist")
    with data_errors():
        samples = MattingSamples(
            args.foregrounds,
            args.backgrounds,
            args.crop_size,
            args.seed,
            options.recipe_from(args),
            drawn=ProceduralForegrounds({args.kind: 1}) if args.kind else None,
            layout=args.layout,
        )
        sheet = contact_sheet(samples, args.count, args.columns)
    try:
        written = cv2.imwrite(str(args.output), sheet[..., ::-1])
    except cv2.error:
        written = False
    if not written:
        raise UserError(f"{args.output}: cannot be written; expected a name like sheet.png")
    print(f"wrote {args.output}")
