"""`hop-tf data`: check, preview, compose and time training data."""

from hop_tf.cli.data import benchmark, check, compose, preview


def add_parser(subparsers, help):
    parser = subparsers.add_parser("data", help=help, description="Data to train and test image matting on.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (check, preview, compose, benchmark):
        command.add_parser(commands)
