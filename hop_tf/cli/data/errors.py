"""Wrong input to a command."""

import contextlib


class CommandError(Exception):
    """The message is one line: the file, what is wrong, what is expected."""


@contextlib.contextmanager
def data_errors():
    """Within this block, what sources and files complain of becomes a CommandError."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        raise CommandError(str(error)) from error
