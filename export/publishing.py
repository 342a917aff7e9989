"""Putting finished exports into their place."""


def publish(written, output, before):
    """Moves a file or folder to its place, what lies beside it first; what was there comes back if that fails.

    Args:
        written: `Path`, in a folder that holds nothing else but what belongs to it, such as a report.
        output: `Path` of the same name, on the same disk. A file there is replaced.
        before: `Path`, not there yet, to which a folder at `output` is moved.
    """
    if output.is_dir():
        output.rename(before)
    try:
        for path in sorted(written.parent.iterdir(), key=lambda path: path == written):
            path.replace(output.with_name(path.name))
    except BaseException:
        if before.exists():
            before.rename(output)
        raise
