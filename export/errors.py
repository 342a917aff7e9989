from hop_tf.errors import UserError


class ExportError(UserError):
    """Why an export was not possible, in one line."""

    exit_code = 3
