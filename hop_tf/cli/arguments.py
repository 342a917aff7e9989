"""What all commands share, those of `export` and `experiments` too: parser, types of arguments, and how they end."""

import argparse
import re
import sys

from hop_tf.errors import UserError


class OneLineParser(argparse.ArgumentParser):
    """Says in one line, as all errors are said, what is wrong with the arguments."""

    def error(self, message):
        raise UserError(f"{message} (see {self.prog} --help)")


def exit_code(command):
    """Runs a command, a function without arguments, and says in one line why it ended early.

    Returns:
        int: 0, or what the command returned; that of a `UserError`, 2 of other wrong input; 130 when interrupted.
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
    print("error:", *str(error).splitlines(), file=sys.stderr)  # a file's name may hold a line break
    return code


def count(text):
    """Argument type: a whole number from 1 on."""
    if not re.fullmatch(r"[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, not {text}")
    return int(text)


def size(text):
    """Argument type: "HEIGHTxWIDTH" to (height, width)."""
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH, such as 1080x1920, not {text}")
    return int(match[1]), int(match[2])


def preset_name(text):
    """Argument type: the name of a preset."""
    from hop_tf.models.presets import presets

    if text not in presets:
        raise argparse.ArgumentTypeError(f"unknown preset {text!r}; expected one of {', '.join(presets)}")
    return text
