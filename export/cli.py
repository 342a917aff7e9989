"""What the commands `export`, `export.table` and `export.benchmark` share."""

import argparse
import re
import sys
from pathlib import Path

from export.errors import ExportError
from hop_tf.cli import files


def exit_code(command):
    """Runs a command, a function without arguments, and says in one line why it ended early.

    Returns:
        int: 0, or what the command returned; 2 for wrong input; 3 if an export was not possible; 130 after Ctrl-C.
    """
    try:
        return command() or 0
    except files.CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3 if isinstance(error, ExportError) else 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def load_model(weights, preset):
    """The network of a weights file, or of a preset that has weights of its own.

    Raises:
        CommandError: if there is no such file, it does not fit the preset, or the preset has no weights.
    """
    from hop_tf import presets
    from hop_tf.models.loading import check_inputs, load_network

    if weights:
        files.check_weights_file(Path(weights))
    elif presets[preset]["weights"] is None:
        raise files.CommandError(f"{preset}: has no bundled weights; give your own with --weights FILE")
    try:
        model = load_network(weights or preset, preset)
        check_inputs(model)
    except (ValueError, OSError) as error:
        raise files.CommandError(str(error)) from error
    return model


def add_network_arguments(parser, otherwise=""):
    """Adds `--weights` and `--preset`, from which `load_model` loads; `otherwise` ends the help of the first."""
    parser.add_argument(
        "--weights", metavar="FILE", help=f".weights.h5 or .keras file; default: the preset's own{otherwise}"
    )
    parser.add_argument(
        "--preset", type=files.preset_name, metavar="NAME", default="hop_s_9x9", help="default: %(default)s"
    )


def size_argument(text):
    """Argument type: "HEIGHTxWIDTH" to (height, width)."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match or min(int(n) for n in match.groups()) < 1:
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH, such as 1080x1920, not {text}")
    return int(match[1]), int(match[2])


def count_argument(text):
    """Argument type: a whole number from 1 on."""
    if not re.fullmatch(r"[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, not {text}")
    return int(text)
