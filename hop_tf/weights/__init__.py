"""The bundled weights, and a check that a file is the published one."""

import hashlib
from pathlib import Path

WEIGHTS_FOLDER = Path(__file__).parent


def bundled_file(name: str, sha256: str) -> Path:
    """Return the path of a bundled file after checking that it is the published one.

    Args:
        name: name of the file in this folder.
        sha256: its SHA-256, 64 hexadecimal digits.

    Raises:
        OSError: if the file is missing.
        ValueError: if its SHA-256 differs.
    """
    check_sha256(WEIGHTS_FOLDER / name, sha256)
    return WEIGHTS_FOLDER / name


def check_sha256(path: Path, sha256: str) -> None:
    """Compare a file with its published SHA-256.

    Args:
        path: the file.
        sha256: 64 hexadecimal digits.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if its SHA-256 differs.
    """
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ValueError(f"The file is not the published one, of SHA-256 {sha256}: copy it again. Received: {path}")
