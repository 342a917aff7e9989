"""`python -m export FORMAT -o OUT`: writes a network for deployment and proves it equal to Keras."""

import argparse
import os
import re
import sys
from pathlib import Path

from export.formats import FORMATS

EPILOG = """\
The exported graph takes `image`, [N, H, W, 3], RGB in 0..255, and `trimap`, [N, H, W, 1] in 0..255, both float32, and
returns the finished `alpha`, [N, H, W, 1] in 0..1: padding, cropping and known pixels are inside.

examples:
  python -m export onnx --size 1080x1920 -o hop.onnx
  python -m export saved_model --dynamic --weights runs/mine/final.weights.h5 -o hop_saved_model
"""


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Export a matting network, and compare the exported file with Keras.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("format", choices=FORMATS, metavar="FORMAT", help=" | ".join(FORMATS))
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="file or folder to write")
    parser.add_argument("--weights", metavar="FILE", help=".weights.h5 or .keras file; default: the preset's own")
    parser.add_argument("--preset", metavar="NAME", default="hop_s_9x9", help="network; default: %(default)s")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--size", metavar="HxW", type=_size, help="height and width of the photos, such as 1080x1920")
    size.add_argument(
        "--dynamic", action="store_true", help="any height and width that are multiples of 32, from 64 on"
    )
    parser.add_argument("--no-verify", action="store_true", help="do not run the exported file")
    args = parser.parse_args(argv)

    suffix = FORMATS[args.format].suffix
    if args.output.suffix != suffix and suffix:
        return _fail(f"{args.output}: a file of format {args.format} must end in {suffix}", 2)
    if not args.output.parent.is_dir():
        return _fail(f"{args.output}: the folder {args.output.parent} does not exist", 2)
    if not suffix and args.output.exists() and not (args.output / "saved_model.pb").exists():
        return _fail(f"{args.output}: exists and is no SavedModel; choose another name", 2)

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from export.exporting import ExportError, export
    from hop_tf import Predictor

    try:
        model = Predictor(args.weights or args.preset, preset=args.preset).model
    except (ValueError, OSError) as error:
        return _fail(str(error), 2)
    try:
        difference = export(model, args.format, args.output, args.size, not args.no_verify)
    except ExportError as error:
        return _fail(str(error), 3)
    print(f"wrote {args.output}" + ("" if difference is None else "; difference to Keras: "), end="")
    print("" if difference is None else f"max {difference[0]:.1e}, mean {difference[1]:.1e}")
    return 0


def _size(text):
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match or "0" in match.groups():
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH, such as 1080x1920, not {text}")
    return int(match[1]), int(match[2])


def _fail(message, code):
    print(f"error: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
