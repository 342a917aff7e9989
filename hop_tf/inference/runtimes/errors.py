"""Errors of networks that cannot be loaded or run here."""

from hop_tf.errors import UserError


class NetworkError(UserError, ValueError):
    """A network cannot be run. The message is one line: what is wrong and what to do."""


def check_precision(asked: str | None, stored: str | None) -> None:
    """Check that a file has the requested precision.

    Args:
        asked: the requested precision; `None` accepts any precision.
        stored: the precision of the file; `None` if it is unknown.

    Raises:
        NetworkError: if they differ.
    """
    if asked not in (None, stored):
        raise NetworkError(
            f"was exported in {stored}, which is fixed in the file; {asked} needs another file, or Keras"
        )
