"""The errors of the readers of pictures."""

import os

from hop_tf.errors import UserError


class ImageError(UserError, ValueError):
    """A picture file cannot be used. The message is one line: the file, what is wrong, what to do.

    Args:
        path: the file.
        reason: what is wrong with it.

    Attributes:
        path: str.
        reason: str.
    """

    def __init__(self, path: str | os.PathLike, reason: str):
        super().__init__(path, reason)
        self.path = str(path)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class TooLargeError(ImageError):
    """A picture is too large to be decoded."""


class UnsuitableError(Exception):
    """An undamaged picture cannot be converted as asked. The message is one line without the file's name."""
