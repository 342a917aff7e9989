"""The base of every error that a user can act on, and helpers for one-line messages."""

from collections.abc import Iterable


class UserError(Exception):
    """Wrong input, a missing package or an impossible request, explained in one line.

    The message names the file or argument, says what is wrong and what to do. Commands print it and exit with
    `exit_code`.
    """

    exit_code = 2


class MissingPackageError(UserError, ImportError):
    """An optional package is not installed. The message names the command that installs it."""


def install_hint(extra: str) -> str:
    """Return the command that installs an extra, such as `pip install "hop-tf[export]"`; `""` stands for the core."""
    return f'pip install "hop-tf[{extra}]"' if extra else "pip install hop-tf"


def first_line(error: object) -> str:
    """Return the first line of an error's text, which in some libraries has many, or else the name of its class."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def some_names(names: Iterable[str], limit: int = 5) -> str:
    """Return the first `limit` names in sorted order, and the number of the others, for a one-line message."""
    names = sorted(names)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
