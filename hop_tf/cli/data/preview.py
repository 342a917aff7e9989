"""`hop-tf data preview`: show what the network will see."""

import argparse
from pathlib import Path

from hop_tf.cli import arguments
from hop_tf.cli.data import options
from hop_tf.cli.output import check_output_file
from hop_tf.datasets.contact_sheet import contact_sheet
from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.sources.procedural import KINDS, ProceduralForegrounds
from hop_tf.errors import UserError
from hop_tf.pictures.writing import write_png

EPILOG = """\
example:
  hop-tf data preview -o sheet.png --foregrounds cutouts/ --backgrounds photos/
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to `hop-tf data`."""
    parser = subparsers.add_parser(
        "preview",
        help="draw training samples into one picture",
        description="Draw a contact sheet of training samples: composite, trimap and alpha.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help=".png file to write")
    options.add_folders(parser)
    parser.add_argument("--kind", choices=sorted(KINDS), help="draw foregrounds of this kind only")
    options.add_recipe(parser, default="open")
    parser.add_argument(
        "--count", metavar="N", type=arguments.count, default=16, help="number of samples; default: %(default)s"
    )
    parser.add_argument(
        "--columns", metavar="N", type=arguments.count, default=2, help="samples in a row; default: %(default)s"
    )
    parser.add_argument(
        "--crop-size", metavar="N", type=arguments.count, default=192, help="side of a sample; default: %(default)s"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of the samples; default: %(default)s")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Draw the samples and write the contact sheet."""
    if args.kind and args.foregrounds:
        raise UserError("--kind draws the foregrounds; it cannot be combined with --foregrounds")
    check_output_file(args.output, ".png", inputs=[])
    samples = MattingSamples(
        args.foregrounds,
        args.backgrounds,
        args.crop_size,
        args.seed,
        options.recipe_from(args),
        drawn=ProceduralForegrounds({args.kind: 1}) if args.kind else None,
        layout=args.layout,
    )
    write_png(args.output, contact_sheet(samples, args.count, args.columns))
    print(f"wrote {args.output}")
