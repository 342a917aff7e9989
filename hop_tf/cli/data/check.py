"""`hop-tf data check`: is a data set sound?"""

import argparse
import sys

from tqdm import tqdm

from hop_tf.cli.data import options
from hop_tf.datasets.check import find_problems
from hop_tf.errors import UserError

EPILOG = """\
Found are: files that cannot be read, are truncated or have no alpha; foregrounds without an alpha file and the
reverse; alphas of another size than their foreground; alphas that are 0 or 1 everywhere; too few files.
The exit code is 0 when all is well, else 2.

example:
  hop-tf data check --foregrounds cutouts/ --backgrounds photos/
"""


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "check",
        help="find bad files before a training run does",
        description="Read every file of a data set and name those that training could not use.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_folders(parser, foreground_default="none are checked", background_default="none are checked")
    parser.add_argument(
        "--at-least", metavar="N", type=options.positive, default=10, help="files a folder must have (default: 10)"
    )
    parser.set_defaults(run=run)


def run(args):
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
