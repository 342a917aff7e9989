"""Writing files whole or not at all."""

import contextlib
import os
import uuid
from pathlib import Path

from hop_tf.errors import UserError, first_line


@contextlib.contextmanager
def replacing(path):
    """Gives a temporary name beside `path` to write to; takes its place if the block succeeds, else removes it.

    The temporary name ends like `path`, since some writers choose the format by it. Of a long name only the end is
    kept, as a name's length is limited.
    """
    path = Path(path)
    temporary = path.with_name(f".{uuid.uuid4().hex}.{path.name[-40:]}")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def writing(path):
    """Do as `replacing`, and raise a `UserError` that names the file if it cannot be written."""
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({first_line(error.strerror or error)}); choose another place"
        ) from error
