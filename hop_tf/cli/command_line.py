"""Parses the command line, runs one subcommand and turns its failure into one line and exit code 2."""

import argparse
import sys

from hop_tf.cli import convert, demo, evaluate, explain, matte
from hop_tf.cli.files import CommandError
from hop_tf.images import ImageError

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
    try:
        args = _parser().parse_args(argv)
        return args.run(args) or 0
    except (CommandError, ImageError) as error:
        print("error:", *str(error).splitlines(), file=sys.stderr)  # a file's name may hold a line break
        return 2
    except OSError as error:
        if error.filename is None:
            raise
        print("error:", *f"{error.filename}: {error.strerror}".splitlines(), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


class OneLineParser(argparse.ArgumentParser):
    """Says in one line, as all errors are said, what is wrong with the arguments."""

    def error(self, message):
        raise CommandError(f"{message} (see {self.prog} --help)")


def _parser():
    parser = OneLineParser(
        prog="python -m hop_tf",
        description="Image matting: from a photo and a trimap to the opacity of every pixel.",
        epilog="'python -m hop_tf COMMAND --help' explains a command.",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for subcommand in SUBCOMMANDS:
        subcommand.add_parser(subparsers)
    return parser
