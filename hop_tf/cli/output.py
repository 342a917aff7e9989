"""Checks of output files and folders, made before any long work begins."""

import os
import uuid
from collections.abc import Iterable
from pathlib import Path

from hop_tf.errors import UserError


def check_output_file(path: Path, suffix: str, inputs: Iterable[Path]) -> None:
    """Check that a file can be written without overwriting an input.

    Args:
        path: the file to write.
        suffix: required ending of its name.
        inputs: files that must not be overwritten.

    Raises:
        UserError: if it cannot.
    """
    if not path.name.lower().endswith(suffix):
        raise UserError(f"{path}: the output must be a {suffix} file")
    if path.is_dir():
        raise UserError(f"{path}: is a folder; expected the name of the {suffix} file to write")
    for source in inputs:
        if _same(path, source):
            raise UserError(f"{path}: the output would overwrite the input; choose another name")
    if not path.parent.is_dir():
        raise UserError(f"{path}: the folder {path.parent} does not exist")
    _check_writable(path.parent, path)


def check_output_folder(path: Path, inputs: Iterable[Path]) -> None:
    """Check that files can be written into a folder that is not an input.

    Args:
        path: the folder, which need not exist yet.
        inputs: folders that must not be written to.

    Raises:
        UserError: if they cannot.
    """
    if path.exists() and not path.is_dir():
        raise UserError(f"{path}: is a file; expected a folder to write to")
    for source in inputs:
        if _same(path, source):
            raise UserError(f"{path}: the output folder is an input folder; choose another one")
    existing = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if not existing.is_dir():
        raise UserError(f"{path}: cannot be created, since {existing} is a file; choose another place")
    _check_writable(existing, path)


def _same(path, other):
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return path.resolve() == Path(other).resolve()


def _check_writable(folder, output):
    """Try to write: permissions do not reveal read-only and full disks."""
    probe = folder / f".{uuid.uuid4().hex}"
    try:
        probe.write_bytes(b"0")
    except OSError as error:
        raise UserError(f"{output}: cannot be written ({error.strerror}); choose another place") from error
    finally:
        if os.path.lexists(probe):
            probe.unlink()
