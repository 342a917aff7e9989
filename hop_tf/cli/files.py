"""What the subcommands check about files before any long work begins. Imports neither Keras nor the network."""

import contextlib
import os
import uuid
import zipfile
from pathlib import Path

from hop_tf.pictures.atomic_write import replacing

PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".jp2", ".pgm", ".ppm"}
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class CommandError(Exception):
    """Wrong input to a command. The message is one line: the file, what is wrong, what is expected."""

    exit_code = 2


def pictures_by_stem(folder):
    """The pictures of a folder, sorted: dict of file stem to `Path`. Hidden and other files are passed over.

    Raises:
        CommandError: if there is no such folder, no picture in it, or two pictures share a stem.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "no such folder"
        raise CommandError(f"{folder}: {what}; expected a folder of pictures")
    pictures = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in PICTURE_SUFFIXES or path.name.startswith(".") or path.is_dir():
            continue
        if path.stem in pictures:
            raise CommandError(f"{path}: {pictures[path.stem].name} has the same stem; keep one of the two")
        pictures[path.stem] = path
    if not pictures:
        raise CommandError(f"{folder}: no picture in this folder; expected PNG, JPEG, TIFF or WebP files")
    return pictures


def check_same_size(path, array, other_path, other_array):
    """Raises `CommandError` unless the two pictures have the same height and width."""
    if array.shape[:2] != other_array.shape[:2]:
        turned = array.shape[:2] == other_array.shape[1::-1]
        hint = " (pictures are turned upright as their EXIF orientation says)" if turned else ""
        raise CommandError(
            f"{path}: is {_size(array)} pixels but {other_path} is {_size(other_array)}{hint}; expected the same size"
        )


def check_output_file(path, suffix, inputs):
    """Raises `CommandError` unless a file can be written at `path` without harm to an input.

    Args:
        path: `Path` of the file to write.
        suffix: str, how its name must end.
        inputs: iterable of `Path`, files that must not be overwritten.
    """
    if not path.name.lower().endswith(suffix):
        raise CommandError(f"{path}: the output must be a {suffix} file")
    if path.is_dir():
        raise CommandError(f"{path}: is a folder; expected the name of the {suffix} file to write")
    for source in inputs:
        if _same(path, source):
            raise CommandError(f"{path}: the output would overwrite the input; choose another name")
    if not path.parent.is_dir():
        raise CommandError(f"{path}: the folder {path.parent} does not exist")
    _check_writable(path.parent, path)


def check_output_folder(path, inputs):
    """Raises `CommandError` unless pictures can be written into the folder `path`, which need not exist yet."""
    if path.exists() and not path.is_dir():
        raise CommandError(f"{path}: is a file; expected a folder to write to, as the photos come from a folder")
    for source in inputs:
        if _same(path, source):
            raise CommandError(f"{path}: the output folder is an input folder; choose another one")
    existing = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if not existing.is_dir():
        raise CommandError(f"{path}: cannot be created, {existing} is a file")
    _check_writable(existing, path)


@contextlib.contextmanager
def writing(path):
    """As `replacing`, with a `CommandError` if the block cannot write."""
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise CommandError(
            f"{path}: cannot be written ({first_line(error.strerror or error)}); choose another place"
        ) from error


def check_weights_file(path):
    """Raises `CommandError` unless `path` looks like a `.weights.h5` or a `.keras` file."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise CommandError(f"{path}: {what}; expected a .weights.h5 or .keras file")
    if path.suffix in (".pth", ".pt", ".ckpt"):
        raise CommandError(f"{path}: a PyTorch checkpoint; turn it into a .weights.h5 file with the command convert")
    if path.name.endswith(".weights.h5"):
        with path.open("rb") as file:
            sound = file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE
    elif path.suffix == ".keras":
        sound = zipfile.is_zipfile(path)
    else:
        raise CommandError(f"{path}: the weights must be a .weights.h5 or a .keras file")
    if not sound:
        raise CommandError(f"{path}: damaged, or no weights written by Keras; expected a .weights.h5 or .keras file")


def first_line(error):
    """The first line of an exception's text; some libraries explain themselves over many."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def some_names(names, limit=5):
    """The first few of many names, for a message of one line."""
    names = sorted(names)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _size(array):
    return f"{array.shape[1]} x {array.shape[0]}"


def _same(path, other):
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return path.resolve() == Path(other).resolve()


def _check_writable(folder, output):
    """Tries to write, since permissions do not tell of read-only and full disks."""
    probe = folder / f".{uuid.uuid4().hex}"
    try:
        probe.write_bytes(b"0")
    except OSError as error:
        raise CommandError(f"{output}: cannot be written ({error.strerror}); choose another place") from error
    finally:
        if os.path.lexists(probe):
            probe.unlink()
