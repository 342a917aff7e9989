"""`hop-tf convert`: turn the authors' PyTorch checkpoints into Keras weights."""

import argparse
import pickle
from pathlib import Path

import numpy as np

from hop_tf.cli import arguments
from hop_tf.cli.output import check_output_file
from hop_tf.cli.quiet import quiet_start
from hop_tf.errors import UserError, first_line
from hop_tf.pictures.atomic_write import atomic_write

EPILOG = """\
The written file is read back and compared with the checkpoint before it takes its name. A checkpoint does not store the
window size it was trained with and fits any: name the preset that it was released as.

example:
  hop-tf convert hop_9x9.pth hop_9x9.weights.h5 --preset hop_9x9
  hop-tf matte cat.jpg cat_trimap.png --weights hop_9x9.weights.h5 --preset hop_9x9
"""


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    parser = subparsers.add_parser(
        "convert",
        help=help,
        description="Turn one of the authors' PyTorch checkpoints into a Keras .weights.h5 file.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", type=Path, help="the PyTorch file, as released")
    parser.add_argument("output", metavar="OUT.weights.h5", type=Path, help="the file to write")
    parser.add_argument(
        "--preset",
        metavar="NAME",
        type=arguments.preset_name,
        required=True,
        help="the network that the checkpoint belongs to, a key of hop_tf.presets such as hop_9x9",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Convert the checkpoint and compare the written file with it."""
    if not args.checkpoint.is_file():
        what = "is a folder" if args.checkpoint.is_dir() else "no such file"
        raise UserError(f"{args.checkpoint}: {what}; expected a PyTorch checkpoint")
    check_output_file(args.output, ".weights.h5", [args.checkpoint])
    with quiet_start():
        from hop_tf.models.hop_matting import HOPMatting
        from hop_tf.models.released_checkpoint import load_released_checkpoint
        from hop_tf.models.weights_file import save_weights_file

        model = HOPMatting.from_preset(args.preset, load_weights=False)
        try:
            load_released_checkpoint(model, args.checkpoint)
        except UserError:
            raise
        except (ValueError, OSError, EOFError, RuntimeError, LookupError, TypeError, pickle.PickleError) as error:
            raise UserError(
                f"{args.checkpoint}: not a checkpoint of the preset {args.preset}: {first_line(error)}"
            ) from error
    with atomic_write(args.output) as temporary:
        save_weights_file(model, temporary)
        expected = [np.array(weight) for weight in model.weights]
        for weight in model.weights:
            weight.assign(np.full(weight.shape, np.nan))
        model.load_weights(temporary)
        if not all(np.array_equal(a, b) for a, b in zip(expected, model.weights, strict=True)):
            raise UserError(f"{args.output}: reads back differently; try again, or on another disk")
    print(f"wrote {args.output}")
