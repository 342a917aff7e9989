"""`hop-tf explain`: draw what the alpha of one pixel depends on (Figure 6) and the attention of the HOP blocks."""

import argparse
import re
from pathlib import Path

import numpy as np

from hop_tf.cli import network_options
from hop_tf.cli.output import check_output_file
from hop_tf.errors import UserError, install_hint
from hop_tf.pictures.atomic_write import atomic_write
from hop_tf.pictures.reading import check_same_size, read_photo, read_trimap
from hop_tf.pictures.trimap import split_trimap

SIDE = 768

EPILOG = """\
Top row: the photo, and the gradient of the pixel's alpha with respect to the photo, by the network and by the same
network with its HOP blocks bypassed. Bottom row: the attention of each block at that pixel, enlarged for the local
blocks. Colours show the square root of the value; each panel has its own scale.

example:
  hop-tf explain examples/macaws.jpg examples/macaws_trimap.png --pixel 290,344 -o explained.png
"""


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    parser = subparsers.add_parser(
        "explain",
        help=help,
        description="Draw what the alpha of one unknown pixel depends on, and the attention of the HOP blocks there.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photo", metavar="PHOTO", type=Path, help="a picture")
    parser.add_argument("trimap", metavar="TRIMAP", type=Path, help="its trimap")
    parser.add_argument(
        "--pixel", metavar="X,Y", type=_pixel, required=True, help="an unknown pixel: column and row, from the top left"
    )
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="the PNG file to write")
    network_options.add_weights_arguments(parser)
    parser.set_defaults(run=run)


def _pixel(text):
    match = re.fullmatch(r"(\d+),(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected X,Y, such as 290,344, not {text}")
    return int(match[2]), int(match[1])


def run(args: argparse.Namespace) -> None:
    """Explain the pixel, print how far its gradient reaches, and write the figure."""
    photo, trimap = _read(args)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UserError(f"the figure needs matplotlib: {install_hint('report')}") from None
    model = network_options.load_model(args.weights, args.preset)

    from hop_tf.cli.explanation_figure import draw
    from hop_tf.inference.explanation import alpha_gradient, attention_maps, reach, without_hop
    from hop_tf.models.hop_matting import HOPMatting

    if not isinstance(model, HOPMatting):
        raise UserError(f"{args.weights}: expected a hop_tf.HOPMatting network, whose HOP blocks can be bypassed")
    # Pixels farther away hardly matter, and a gradient takes many times the memory of a prediction.
    top, left = (max(0, min(i - SIDE // 2, n - SIDE)) for i, n in zip(args.pixel, trimap.shape, strict=True))
    window = np.s_[top : top + SIDE, left : left + SIDE]
    seen = photo[window], trimap[window], (args.pixel[0] - top, args.pixel[1] - left)
    networks = {"with HOP blocks": model, "with HOP blocks bypassed": without_hop(model)}
    try:
        gradients = {name: alpha_gradient(one, *seen) for name, one in networks.items()}
        attention = attention_maps(model, *seen)
    except NotImplementedError as error:
        raise UserError(str(error)) from error
    around = 32
    for name, (alpha, values) in gradients.items():
        half, most = reach(values, seen[2])
        around = max(around, most)
        print(f"{name}: alpha {alpha:.3f}, half of its gradient within {half:.0f} pixels, 90 % within {most:.0f}")
    figure = draw(Figure, seen[0], seen[2], gradients, attention, around)
    with atomic_write(args.output) as path:
        figure.savefig(path, dpi=120)
    print(f"wrote {args.output}")


def _read(args):
    """Return photo and trimap, after all checks of the arguments that need no network."""
    photo, trimap = read_photo(args.photo), read_trimap(args.trimap)
    check_same_size(args.trimap, trimap, args.photo, photo)
    (row, column), (height, width) = args.pixel, trimap.shape
    if row >= height or column >= width:
        raise UserError(f"--pixel {column},{row}: outside of {args.photo}, which has {width} x {height} pixels")
    if not split_trimap(trimap)[0][row, column]:
        raise UserError(f"--pixel {column},{row}: known in {args.trimap}; choose an unknown (grey) pixel")
    check_output_file(args.output, ".png", [args.photo, args.trimap])
    return photo, trimap
