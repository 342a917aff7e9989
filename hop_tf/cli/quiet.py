"""Keeps the terminal to what the user asked for while TensorFlow starts."""

import contextlib
import os
import shutil
import sys
import tempfile

from hop_tf.errors import UserError

SILENT = "3"


@contextlib.contextmanager
def quiet_start():
    """Holds back what is written to stderr within a `with` block.

    It is passed on only if the block fails with anything but a `UserError`, which explains itself.

    TensorFlow's libraries write several lines on import before their log level takes effect, so the file descriptor
    itself is turned away. Whoever sets TF_CPP_MIN_LOG_LEVEL to less than 3 sees everything.
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
