"""Parses the command line, runs one subcommand and turns its failure into one line and exit code 2."""

import argparse
import sys

from hop_tf.cli.data import benchmark, check, compose, preview
from hop_tf.cli.data.errors import CommandError

SUBCOMMANDS = (check, preview, compose, benchmark)


def main(argv=None):
    """Runs the command line.

    Args:
        argv: list of str, the arguments; those of the process when None.

    Returns:
        int, the exit code: 0 on success, 2 on wrong input (then stderr says what), 130 when interrupted.
    """
    try:
        args = _parser().parse_args(argv)
        args.run(args)
    except CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise CommandError(f"{message} (see {self.prog} --help)")


def _parser():
    parser = _Parser(
        prog="python -m datasets",
        description="Data to train and test image matting on.",
        epilog="'python -m datasets COMMAND --help' explains a command.",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for subcommand in SUBCOMMANDS:
        subcommand.add_parser(subparsers)
    return parser
