"""The last step of an export: finished files move to their place."""

from pathlib import Path


def publish(written: Path, output: Path, before: Path) -> None:
    """Move a file or folder to its place, after the files beside it. If that fails, the old folder comes back.

    Args:
        written: the file or folder, in a folder that holds nothing else but files that belong to it, such as a report.
        output: its place, with the same name on the same disk. A file there is replaced.
        before: a path that does not exist yet. A folder at `output` moves there.
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
