"""Errors of exports."""

from hop_tf.errors import UserError


class ExportError(UserError):
    """An export is not possible. The message is one line: what is wrong and what to do."""

    exit_code = 3


class VerificationError(ExportError):
    """An exported file does not match Keras."""
