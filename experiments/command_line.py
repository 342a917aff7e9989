"""The command line: `python -m experiments`."""

from experiments import ablation, interpolation
from hop_tf.cli.arguments import OneLineParser, exit_code


def main(argv=None):
    """Runs one experiment.

    Args:
        argv: list of str, the arguments; those of the process when None.

    Returns:
        int, the exit code: 0 on success, 2 on wrong input (then one line on stderr says what), 130 when interrupted.
    """
    return exit_code(lambda: _run(argv))


def _run(argv):
    parser = OneLineParser(
        prog="python -m experiments",
        description="The experiments of the paper that need training or pictures with a true alpha.",
        epilog="'python -m experiments COMMAND --help' explains a command.",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for experiment in (ablation, interpolation):
        experiment.add_parser(subparsers)
    args = parser.parse_args(argv)
    return args.run(args)
