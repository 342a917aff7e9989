"""Errors of data commands."""

import contextlib

from hop_tf.errors import UserError


@contextlib.contextmanager
def data_errors():
    """Turn complaints of sources and files within a `with` block into `UserError`."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(str(error)) from error
