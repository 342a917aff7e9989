"""What the commands `export` and `export.table` share."""

import sys
from pathlib import Path

from export.errors import ExportError
from hop_tf.cli import files


def exit_code(command):
    """Runs a command, a function without arguments, and says in one line why it ended early.

    Returns:
        int: 0; 2 for wrong input; 3 if an export was not possible; 130 after Ctrl-C.
    """
    try:
        command()
    except files.CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3 if isinstance(error, ExportError) else 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def load_model(weights, preset):
    """The network of a weights file, or of a preset that has weights of its own.

    Raises:
        CommandError: if there is no such file, it does not fit the preset, or the preset has no weights.
    """
    from hop_tf import Predictor, presets

    if weights:
        files.check_weights_file(Path(weights))
    elif presets[preset]["weights"] is None:
        raise files.CommandError(f"{preset}: has no bundled weights; give your own with --weights FILE")
    try:
        return Predictor(weights or preset, preset=preset).model
    except (ValueError, OSError) as error:
        raise files.CommandError(str(error)) from error
