"""The command line: `python -m hop_tf`."""


def main(argv=None):
    """Runs the command line; see `hop_tf.cli.command_line.main`."""
    # Late, since the commands import modules that themselves need `hop_tf.cli.files`.
    from hop_tf.cli import command_line

    return command_line.main(argv)


__all__ = ["main"]
