"""Folder mode of `hop-tf matte`: threads read and write pictures while the network works on another one."""

import collections
import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hop_tf.errors import UserError, some_names
from hop_tf.pictures.atomic_write import WriteError
from hop_tf.pictures.folders import pictures_by_stem

RECORD = ".hop-tf.json"  # file in the output folder that `hop_tf.cli.matte_record` writes; shards have their own
_TRIMAP = "_trimap"  # ending of the stems of trimaps
Paths = tuple[Path, Path | None, Path]  # of a photo, its trimap or mask, and its result


def plan(photo_folder: Path, trimap_folder: Path | None, output: Path, suffix: str) -> tuple[list[Paths], str | None]:
    """Pair the pictures of two folders by file stem.

    The trimap of `x` is called `x` or `x_trimap`, as `hop-tf trimap` calls it.

    Args:
        photo_folder: folder of photos.
        trimap_folder: folder of trimaps or masks, or `None` if photos need no partner. It may be `photo_folder`: there,
            pictures whose names end in `_trimap` are the trimaps.
        output: folder to write to.
        suffix: ending of the results' names.

    Returns:
        A list of (photo, trimap or `None`, output) paths, and a warning or `None`.

    Raises:
        UserError: if a folder holds no pictures or two of one stem, no trimap has the stem of a photo, or a photo has
            two trimaps.
    """
    photos = pictures_by_stem(photo_folder)
    if trimap_folder is None:
        return [(path, None, output / f"{stem}{suffix}") for stem, path in photos.items()], None
    trimaps = pictures_by_stem(trimap_folder)
    beside = {stem: path for stem, path in photos.items() if stem.endswith(_TRIMAP)}
    if beside and photo_folder.samefile(trimap_folder):
        trimaps, photos = beside, {stem: path for stem, path in photos.items() if stem not in beside}
    pairs = {stem: trimap for stem in photos if (trimap := _trimap_of(stem, photos, trimaps))}
    if not pairs:
        raise UserError(
            f"{trimap_folder}: no trimap is named like a photo in {photo_folder}; expected equal stems, or x{_TRIMAP} "
            "for the photo x"
        )
    unpaired = {photos[stem].name for stem in photos.keys() - pairs.keys()}
    unpaired |= {path.name for path in set(trimaps.values()) - set(pairs.values())}
    warning = f"left out, without a partner of the same stem: {some_names(unpaired, limit=20)}" if unpaired else None
    return [(photos[stem], trimap, output / f"{stem}{suffix}") for stem, trimap in pairs.items()], warning


def _trimap_of(stem, photos, trimaps):
    suffixed_stem = f"{stem}{_TRIMAP}"
    named_alike = trimaps.get(stem)
    suffixed = None if suffixed_stem in photos else trimaps.get(suffixed_stem)
    if named_alike and suffixed:
        raise UserError(
            f"{suffixed}: {named_alike.name} belongs to the photo {photos[stem].name} too; keep one of the two"
        )
    return named_alike or suffixed


def run(
    pictures: Sequence[Paths],
    read: Callable[[Path, Path | None], tuple[np.ndarray, np.ndarray, str | None]],
    find_alpha: Callable[[Path, np.ndarray, np.ndarray], np.ndarray],
    write: Callable[[Path, Path, np.ndarray, np.ndarray], None],
    threads: int,
) -> list[str]:
    """Matte the pictures of a folder, with a progress bar.

    To bound memory, at most `threads` pictures are read ahead and at most as many wait to be written. On an interrupt,
    writes in progress are completed.

    Args:
        pictures: (photo, trimap, output) paths.
        read: function of photo and trimap path that returns the photo, the trimap and a warning or `None`. Called in
            threads.
        find_alpha: function of photo path, photo and trimap that returns alpha. Called only in the calling thread.
        write: function of photo path, output path, photo and alpha. Called in threads.
        threads: number of threads.

    Returns:
        A message for each picture that could not be matted.

    Raises:
        WriteError: if a result cannot be written.
    """
    failures: list[str] = []
    ahead: collections.deque = collections.deque()
    behind: collections.deque = collections.deque()
    unread = iter(pictures)
    pool = ThreadPoolExecutor(threads)
    bar = tqdm(total=len(pictures), unit="photo", disable=None, dynamic_ncols=True)

    def read_ahead():
        while len(ahead) < threads and (paths := next(unread, None)):
            photo_path, trimap_path, target = paths
            ahead.append((photo_path, target, pool.submit(read, photo_path, trimap_path)))

    def finish_one():
        try:
            behind.popleft().result()
        except WriteError:  # if one result cannot be written, neither can the next
            raise
        except UserError as error:
            failures.append(str(error))
        bar.update()

    try:
        read_ahead()
        while ahead:
            photo_path, target, reading = ahead.popleft()
            read_ahead()
            try:
                photo, trimap, warning = reading.result()
                if warning:
                    tqdm.write(f"warning: {warning}", file=sys.stderr)
                alpha = find_alpha(photo_path, photo, trimap)
            except UserError as error:
                failures.append(str(error))
                bar.update()
                continue
            _return_freed_memory()
            if len(behind) == threads:
                finish_one()
            behind.append(pool.submit(write, photo_path, target, photo, alpha))
        while behind:
            finish_one()
    finally:
        pool.shutdown(cancel_futures=True)
        bar.close()
    return failures


def _return_freed_memory():
    """Return freed memory to the system: glibc keeps the gaps between pictures of varying size, 25 % after 300."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library, another system
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def created(path: Path, shared: bool = False) -> Iterator[None]:
    """Create a folder, and remove it at the end if it is new, holds no result and no other process uses it."""
    is_new = not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if is_new and not shared and {file.name for file in path.iterdir()} <= {RECORD}:
            (path / RECORD).unlink(missing_ok=True)
            path.rmdir()
