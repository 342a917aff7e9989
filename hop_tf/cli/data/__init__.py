"""`hop-tf data`: check, preview, measure, compose and time training data."""

import argparse

from hop_tf.cli.data import benchmark, check, compose, preview, statistics


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    parser = subparsers.add_parser(
        "data", help=help, description="Prepare and check data for training and testing image matting."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (check, preview, statistics, compose, benchmark):
        command.add_parser(commands)
