"""`hop-tf data check`: find the files of a data set that training could not use."""

import argparse
import sys

from tqdm import tqdm

from hop_tf.cli import arguments
from hop_tf.cli.data import options
from hop_tf.datasets.check import find_problems
from hop_tf.errors import UserError

EPILOG = """\
Reported are files that cannot be read, are truncated or have no alpha; foregrounds without an alpha file and the
reverse; alphas that differ in size from their foreground; alphas that are 0 or 1 everywhere; and too few files.
The exit code is 0 if there are no problems, else 2. A warning counts the alphas without soft pixels: hard masks.

example:
  hop-tf data check --foregrounds cutouts/ --backgrounds photos/
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to `hop-tf data`."""
    parser = subparsers.add_parser(
        "check",
        help="find bad files before a training run does",
        description="Read every file of a data set and name those that training could not use.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_folders(parser, foreground_default="check none", background_default="check none")
    parser.add_argument(
        "--at-least",
        metavar="N",
        type=arguments.count,
        default=10,
        help="smallest number of files in a folder; default: %(default)s",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the problems, and raise `UserError` if there are any."""
    if args.foregrounds is None and args.backgrounds is None:
        raise UserError("nothing to check; give --foregrounds, --backgrounds or both")
    problems = find_problems(args.foregrounds, args.backgrounds, args.layout, args.at_least, _progress)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise UserError(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found")
    print("all files are sound")


def _progress(indices):
    return tqdm(indices, unit="file", disable=None, leave=False)
