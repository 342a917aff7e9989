"""`python -m export FORMAT -o OUT`: writes a network for deployment and proves it equal to Keras."""

import argparse
import re
import sys
from pathlib import Path

from export.exporting import ExportError, export
from export.formats import FORMATS
from hop_tf.cli import files
from hop_tf.cli.command_line import OneLineParser
from hop_tf.cli.quiet import quiet_start

EPILOG = """\
The exported graph takes `image`, [N, H, W, 3], RGB in 0..255, and `trimap`, [N, H, W, 1] in 0..255, both float32, and
returns the finished `alpha`, [N, H, W, 1] in 0..1: known pixels are set; with --size, padding is inside.

examples:
  python -m export onnx --size 1080x1920 -o hop.onnx
  python -m export saved_model --dynamic --weights runs/mine/final.weights.h5 -o hop_saved_model
"""


def main(argv=None):
    parser = OneLineParser(
        prog="python -m export",
        description="Export a matting network, and compare the exported file with Keras.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("format", choices=FORMATS, metavar="FORMAT", help=" | ".join(FORMATS))
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="file or folder to write")
    parser.add_argument("--weights", metavar="FILE", help=".weights.h5 or .keras file; default: the preset's own")
    parser.add_argument(
        "--preset", metavar="NAME", type=files.preset_name, default="hop_s_9x9", help="network; default: %(default)s"
    )
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--size", metavar="HxW", type=_size, help="height and width of the photos, such as 1080x1920")
    size.add_argument("--dynamic", action="store_true", help="any multiples of 32 from 64 on (saved_model)")
    parser.add_argument("--no-verify", action="store_true", help="do not run the exported file")
    try:
        _run(parser.parse_args(argv))
    except files.CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3 if isinstance(error, ExportError) else 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def _run(args):
    suffix = FORMATS[args.format].suffix
    if suffix and args.output.suffix != suffix:
        raise files.CommandError(f"{args.output}: a file of the format {args.format} must end in {suffix}")
    if not args.output.parent.is_dir():
        raise files.CommandError(f"{args.output}: the folder {args.output.parent} does not exist")
    with quiet_start():
        from hop_tf import Predictor

        try:
            model = Predictor(args.weights or args.preset, preset=args.preset).model
        except (ValueError, OSError) as error:
            raise files.CommandError(str(error)) from error
        difference = export(model, args.format, args.output, args.size, not args.no_verify)
    print(f"wrote {args.output}")
    if difference:
        print(f"difference to Keras: max {difference[0]:.1e}, mean {difference[1]:.1e}")


def _size(text):
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match or min(int(n) for n in match.groups()) < 1:
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH, such as 1080x1920, not {text}")
    return int(match[1]), int(match[2])


if __name__ == "__main__":
    sys.exit(main())
