"""The warnings that the library logs, as lines on stderr."""

import contextlib
import logging
import sys
from collections.abc import Iterator


class _Lines(logging.Handler):
    """Write each message once, on the stderr of the moment."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self._written: set[str] = set()

    def emit(self, record):
        line = f"warning: {record.getMessage()}"
        if line not in self._written:
            self._written.add(line)
            print(line, file=sys.stderr)


@contextlib.contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Print the warnings of the package `hop_tf` within a `with` block, in the form of the commands' own."""
    logger, handler = logging.getLogger("hop_tf"), _Lines()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
