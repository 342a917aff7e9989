"""The command line: `python -m hop_tf`."""

from hop_tf.cli.command_line import main

__all__ = ["main"]
