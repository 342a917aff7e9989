"""Errors of networks that cannot be loaded or run here."""

from hop_tf.errors import UserError


class NetworkError(UserError, ValueError):
    """A network cannot be run. The message is one line: what is wrong and what to do."""


def check_precision(asked: str | None, stored: str | None) -> None:
    """Raise `NetworkError` if a file's own precision is not the one asked for; `None` accepts any precision."""
    if asked not in (None, stored):
        raise NetworkError(f"was exported in {stored}, which its file fixes; {asked} needs another file, or Keras")
