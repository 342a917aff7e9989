"""The command line `python -m experiments`."""

from collections.abc import Sequence

from experiments import ablation, fine_tuning, interpolation, scores
from hop_tf.cli.arguments import OneLineParser, exit_code


def main(argv: Sequence[str] | None = None) -> int:
    """Run one experiment.

    Args:
        argv: the arguments; `sys.argv[1:]` if `None`.

    Returns:
        The exit code: 0 on success, 2 on wrong input (one line on stderr says what is wrong), 130 when interrupted.
    """
    return exit_code(lambda: _run(argv))


def _run(argv):
    parser = OneLineParser(
        prog="python -m experiments",
        description="The paper's experiments that need training or a test set, fine-tuning, and the published scores.",
        epilog="'python -m experiments COMMAND --help' explains a command.",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for experiment in (ablation, fine_tuning, interpolation, scores):
        experiment.add_parser(subparsers)
    args = parser.parse_args(argv)
    return args.run(args)
