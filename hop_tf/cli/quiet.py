"""Keep TensorFlow's start-up messages off the terminal."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

from hop_tf.errors import UserError

SILENT = "3"


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back the output to stderr within a `with` block.

    It is shown only if the block fails with an exception other than `UserError`, which explains itself.

    TensorFlow's libraries write several lines on import, before their log level takes effect, so the file descriptor
    itself is redirected. Set TF_CPP_MIN_LOG_LEVEL below 3 to see everything.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", SILENT) != SILENT:
        yield
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = SILENT
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except UserError:
            raise
        except Exception:
            with os.fdopen(os.dup(terminal), "wb") as out:
                held_back.seek(0)
                shutil.copyfileobj(held_back, out)
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
