"""What cannot be loaded or run here, and why."""

import importlib

from hop_tf.errors import UserError


class NetworkError(UserError, ValueError):
    """A network cannot be run. The message is one line: what is wrong, and what to do."""


def import_library(module, package):
    """Imports what runs a network; a `NetworkError` with the command that installs it where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise NetworkError(f"needs the package {package}: pip install {package}") from error


def check_precision(asked, stored):
    """Raises a `NetworkError` if a file's own precision is not the one asked for; None asks for none."""
    if asked not in (None, stored):
        raise NetworkError(f"was exported in {stored}, which its file fixes; {asked} needs another file, or Keras")
