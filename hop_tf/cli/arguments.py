"""The parser, argument types and exit codes that all commands share."""

import argparse
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from hop_tf.errors import UserError


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that reports invalid arguments in one line, like all other errors."""

    def error(self, message: str) -> NoReturn:
        """Raise a `UserError` instead of printing the usage and exiting."""
        raise UserError(f"{message} (see {self.prog} --help)")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:  # type: ignore[override]
        """Parse arguments; unknown ones are an error here, so that a command's own help is named, not its parent's."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return namespace, unknown


def exit_code(command: Callable[[], int | None]) -> int:
    """Run a command; if it fails, print the reason in one line on stderr.

    Args:
        command: the command; `None` as its result means 0.

    Returns:
        The result of the command; the exit code of a `UserError`; 2 if a file cannot be read or written; 130 when
        interrupted.
    """
    try:
        return command() or 0
    except UserError as error:
        return _fail(error, error.exit_code)
    except OSError as error:
        if error.filename is None:
            raise
        return _fail(f"{error.filename}: {error.strerror}", 2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _fail(error, code):
    print("error:", *str(error).splitlines(), file=sys.stderr)  # a file name may contain a line break
    return code


class InsteadOf(argparse.Action):
    """Store the value and make a positional optional; with nargs="?" the positional would have to precede options."""

    def __init__(self, positional: argparse.Action, **options: Any):
        super().__init__(**options)
        self._positional = positional

    def __call__(self, parser: Any, namespace: Any, value: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, value)
        self._positional.required = False


def count(text: str) -> int:
    """Parse an argument that is an integer of at least 1."""
    if not re.fullmatch(r"[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, not {text}")
    return int(text)


def size(text: str) -> tuple[int, int]:
    """Parse an argument such as "1080x1920" to (height, width)."""
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH, such as 1080x1920, not {text}")
    return int(match[1]), int(match[2])


def preset_name(text: str) -> str:
    """Parse an argument that names a preset."""
    from hop_tf.models.presets import presets

    if text not in presets:
        raise argparse.ArgumentTypeError(f"unknown preset {text!r}; expected one of {', '.join(presets)}")
    return text
