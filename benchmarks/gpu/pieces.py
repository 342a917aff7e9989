"""One archive in pieces that are small enough to carry; the first pieces are of use without the others."""

import contextlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PIECE = 58 << 20  # bytes


class _Writer(io.RawIOBase):
    """A file that continues in the next piece when one is full."""

    def __init__(self, folder: Path, size: int):
        self.folder, self.size, self.paths, self.room = folder, size, [], 0

    def write(self, data) -> int:
        data = memoryview(data)
        for start in self._cuts(len(data)):
            part = data[start[0] : start[1]]
            if not self.room:
                self.paths.append(self.folder / f"pack.tar.{len(self.paths):02}")
                self.paths[-1].write_bytes(b"")
                self.room = self.size
            with open(self.paths[-1], "ab") as file:
                file.write(part)
            self.room -= len(part)
        return len(data)

    def _cuts(self, length) -> Iterator[tuple[int, int]]:
        start = 0
        while start < length:
            end = min(length, start + (self.room or self.size))
            yield start, end
            start = end


def write_pieces(files: Iterable[tuple[Path, str]], folder: Path, size: int = PIECE) -> list[Path]:
    """Write files in their order as pieces of one tar archive.

    Args:
        files: each file and its name in the archive.
        folder: where `pack.tar.00` and so on are written; older pieces are removed.
        size: largest piece in bytes.
    """
    for old in folder.glob("pack.tar.*"):
        old.unlink()
    writer = _Writer(folder, size)
    with tarfile.open(fileobj=writer, mode="w|") as archive:
        for path, name in files:
            archive.add(path, name)
    return writer.paths


class _Reader(io.RawIOBase):
    """The pieces in their order, up to the first that is missing."""

    def __init__(self, folder: Path):
        self.files = iter(sorted(folder.glob("pack.tar.*")))
        self.number, self.file = 0, None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while True:
            if self.file and (count := self.file.readinto(buffer)):
                return count
            path = next(self.files, None)
            if path is None or path.suffix != f".{self.number:02}":
                return 0
            self.file, self.number = open(path, "rb"), self.number + 1  # noqa: SIM115  closed with the process


def read_pieces(folder: Path, output: Path) -> list[str]:
    """Unpack the pieces in a folder and return the names of the whole files; a file that is cut off is left out."""
    names = []
    with (
        contextlib.suppress(tarfile.ReadError),
        tarfile.open(fileobj=io.BufferedReader(_Reader(folder)), mode="r|") as archive,
    ):
        for member in archive:
            try:
                archive.extract(member, output, filter="data")
            except (tarfile.ReadError, OSError):
                (output / member.name).unlink(missing_ok=True)
                break
            names.append(member.name)
    return names
