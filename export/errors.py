from hop_tf.cli.files import CommandError


class ExportError(CommandError):
    """Why an export was not possible, in one line."""

    exit_code = 3
