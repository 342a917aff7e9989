"""The command `hop-tf`: a table of subcommands, each imported only when it runs."""

import importlib
import sys
from collections.abc import Sequence

from hop_tf import __version__
from hop_tf.cli.arguments import OneLineParser, exit_code
from hop_tf.cli.log import warnings_on_stderr

#: {command: (module, one-line help)}. Each module has `add_parser(subparsers, help)`, which sets `run`.
COMMANDS = {
    "matte": ("hop_tf.cli.matte", "compute the alpha of a photo, or of a folder of photos"),
    "frames": ("hop_tf.cli.frames", "compute the alpha of every frame of a film"),
    "trimap": ("hop_tf.cli.trimap", "make a trimap from a box, strokes, clicks, a mask or a model"),
    "evaluate": ("hop_tf.cli.evaluate", "score mattes against the true ones, and rank methods"),
    "explain": ("hop_tf.cli.explain", "draw what the alpha of one pixel depends on"),
    "convert": ("hop_tf.cli.convert", "turn a released PyTorch checkpoint into a .weights.h5 file"),
    "demo": ("hop_tf.cli.demo", "open a local web page: paint a trimap, see the matte"),
    "export": ("hop_tf.cli.export", "write a network as ONNX, TFLite, OpenVINO, SavedModel or TensorRT engine"),
    "benchmark": ("hop_tf.cli.benchmark", "measure latency and memory of every format, as a report"),
    "data": ("hop_tf.cli.data", "check, preview, compose and time training data"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the arguments; `sys.argv[1:]` if `None`.

    Returns:
        The exit code: 0 on success, 1 if some pictures of a folder could not be used, 2 on wrong input (one line on
        stderr says what is wrong), 3 if an export failed or differs from Keras, 130 when interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # file names need not be valid text
    with warnings_on_stderr():
        return exit_code(lambda: _run(sys.argv[1:] if argv is None else list(argv)))


def _run(argv):
    parser = OneLineParser(
        prog="hop-tf",
        description="Image matting: from a photo and a trimap to the opacity of every pixel.",
        epilog="'hop-tf COMMAND --help' explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"hop-tf {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    chosen = next((word for word in argv if not word.startswith("-")), None)
    for name, (module, text) in COMMANDS.items():
        if name == chosen:
            importlib.import_module(module).add_parser(subparsers, help=text)
        else:
            subparsers.add_parser(name, help=text)
    args = parser.parse_args(argv)
    args.argv = argv
    return args.run(args)
