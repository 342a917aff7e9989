"""The command line: `python -m datasets`."""

from datasets.cli.command_line import main

__all__ = ["main"]
