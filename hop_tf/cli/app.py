"""Parses the command line, runs one subcommand and turns its failure into one line and exit code 2."""

import sys

from hop_tf.cli import convert, demo, evaluate, explain, matte
from hop_tf.cli.arguments import OneLineParser, exit_code

SUBCOMMANDS = (matte, evaluate, convert, explain, demo)


def main(argv=None):
    """Runs the command line.

    Args:
        argv: list of str, the arguments; those of the process when None.

    Returns:
        int, the exit code: 0 on success, 1 if some pictures of a folder could not be used, 2 on wrong input (then one
        line on stderr says what), 130 when interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a file's name need not be valid text
    return exit_code(lambda: _run(argv))


def _run(argv):
    parser = OneLineParser(
        prog="python -m hop_tf",
        description="Image matting: from a photo and a trimap to the opacity of every pixel.",
        epilog="'python -m hop_tf COMMAND --help' explains a command.",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for subcommand in SUBCOMMANDS:
        subcommand.add_parser(subparsers)
    args = parser.parse_args(argv)
    return args.run(args)
