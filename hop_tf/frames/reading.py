"""Sources of frames: a folder of pictures, a video, or one picture that stands for every frame."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from hop_tf.errors import UserError
from hop_tf.pictures.folders import PICTURE_SUFFIXES, pictures_by_stem

Read = Callable[[Path], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Frame:
    """One picture of a source.

    Attributes:
        name: how error messages name it.
        picture: uint8 or uint16 `[height, width, 3]`, or uint8 `[height, width]` if the source is one of grey levels.
        time: seconds from the first frame; `None` if the source has no clock.
    """

    name: str
    picture: np.ndarray
    time: Fraction | None = None


class Source(Protocol):
    """Frames that are read one at a time.

    Attributes:
        path: file or folder.
        count: number of frames; `None` for a picture that stands for any number.
        rate: frames per second; `None` if the source has no clock.
        stems: names for the results, without suffix; empty if `count` is `None`.
    """

    path: Path

    @property
    def count(self) -> int | None: ...

    @property
    def rate(self) -> Fraction | None: ...

    @property
    def stems(self) -> list[str]: ...

    def file(self, number: int) -> Path:
        """Return the file that holds a frame, which is numbered from 0."""
        ...

    def __iter__(self) -> Iterator[Frame]: ...


class FolderSource:
    """The pictures in a folder, sorted by name; numbers in names count as numbers, so 9.png precedes 10.png.

    Args:
        path: the folder.
        read: reader of one picture.

    Raises:
        UserError: if the folder holds no picture, or two of one stem.
    """

    rate = None

    def __init__(self, path: Path, read: Read):
        self.path, self._read = path, read
        self._files = sorted(pictures_by_stem(path).values(), key=_by_number)
        self.count = len(self._files)

    @property
    def stems(self) -> list[str]:
        """The stems of the files."""
        return [file.stem for file in self._files]

    def file(self, number: int) -> Path:
        """Return the picture of a frame."""
        return self._files[number]

    def __iter__(self) -> Iterator[Frame]:
        for file in self._files:
            yield Frame(str(file), self._read(file))


class StillSource:
    """One picture that stands for every frame, such as the trimap of a subject that does not move.

    Args:
        path: the file.
        read: reader of pictures.
    """

    count = rate = None
    stems: list[str] = []

    def __init__(self, path: Path, read: Read):
        self.path, self._picture = path, read(path)

    def file(self, number: int) -> Path:
        """Return the one file."""
        return self.path

    def __iter__(self) -> Iterator[Frame]:
        while True:
            yield Frame(str(self.path), self._picture)


def open_source(path: Path, read: Read, is_grey: bool = False) -> Source:
    """Open a folder, a video or a picture.

    Args:
        path: the folder or file. A file whose suffix is not that of a picture is taken for a video.
        read: reader of one picture file.
        is_grey: whether frames of a video are wanted as grey levels.

    Raises:
        UserError: if it does not exist or cannot be read.
        MissingPackageError: if it is a video and PyAV is not installed.
    """
    if path.is_dir():
        return FolderSource(path, read)
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return StillSource(path, read)
    if not path.is_file():
        raise UserError(f"{path}: no such file; expected a folder of frames or a video")
    from hop_tf.frames.video_reading import VideoSource

    return VideoSource(path, is_grey)


def check_counts(frames: Source, others: Source) -> None:
    """Check that two sources have the same number of frames.

    If both are folders whose names end in numbers, the numbers must agree, but for a constant offset.

    Raises:
        UserError: if not.
    """
    if others.count is not None and others.count != frames.count:
        raise UserError(
            f"{others.path}: has {others.count} frames but {frames.path} has {frames.count}; expected the same number"
        )
    pairs = list(zip(_last_numbers(frames), _last_numbers(others), strict=False))
    for index, (number, other) in enumerate(pairs):
        if (expected := number + pairs[0][1] - pairs[0][0]) != other:
            raise UserError(
                f"{others.file(index)}: does not belong to {frames.file(index)}, with which it is paired by order; "
                f"expected number {expected}"
            )


def _last_numbers(source):
    """Return the numbers at the end of a folder's stems, or nothing if one of them has none."""
    found = [re.search(r"\d+$", stem) for stem in source.stems] if isinstance(source, FolderSource) else []
    numbers = [int(match[0]) for match in found if match]
    return numbers if len(numbers) == len(found) else []


def _by_number(path):
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", path.name)]
