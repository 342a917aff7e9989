"""The base of every error that a user can act on, and helpers for one-line messages."""


class UserError(Exception):
    """Wrong input, a missing package or an impossible request, explained in one line.

    The message names the file or argument, says what is wrong and what to do. Commands print it and exit with
    `exit_code`.
    """

    exit_code = 2


def install_hint(extra: str) -> str:
    """Return the command that installs an optional part of the package, such as `pip install "hop-tf[export]"`."""
    return f'pip install "hop-tf[{extra}]"'


def first_line(error: object) -> str:
    """Return the first line of an error's text; some libraries write many."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def some_names(names, limit: int = 5) -> str:
    """Return the first few of many names, sorted, for a message of one line."""
    names = sorted(names)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
