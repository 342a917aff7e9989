"""Writing files whole or not at all."""

import contextlib
import os
import uuid
from pathlib import Path


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
