"""Checking a data set file by file, before a training run fails on it."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from hop_tf.datasets.sources import CutoutFolder, PhotoFolder, open_foregrounds
from hop_tf.datasets.sources.parallel import UnpairedFiles
from hop_tf.errors import UserError
from hop_tf.pictures.alpha_check import is_hard
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_alpha, read_cutout

_LOG = logging.getLogger(__name__)

#: Foregrounds are checked at this size, because preparing the colours of large cutouts takes long.
_MAX_SIDE = 512


def find_problems(
    foregrounds: str | Path | None = None,
    backgrounds: str | Path | None = None,
    layout: str = "auto",
    at_least: int = 10,
    progress: Callable[[range], Iterable[int]] = iter,
) -> list[str]:
    """Read every file of a data set and return its problems.

    A logged warning counts the alphas without a soft pixel: a network does not learn hair from hard masks.

    Args:
        foregrounds: a folder that `open_foregrounds` reads, or `None`.
        backgrounds: a folder of photos, or `None`.
        layout: as in `open_foregrounds`.
        at_least: smallest number of files in either folder.
        progress: function that wraps the range of indices in a progress bar.

    Returns:
        One line for each problem, which names the file or folder. Empty if there are none.
    """
    problems = []
    if foregrounds is not None:
        problems += _check(foregrounds, lambda: open_foregrounds(foregrounds, layout, _MAX_SIDE), at_least, progress)
    if backgrounds is not None:
        problems += _check(backgrounds, lambda: PhotoFolder(backgrounds, _MAX_SIDE), at_least, progress)
    return problems


def _check(folder, open_source, at_least, progress):
    try:
        source = open_source()
    except UnpairedFiles as error:
        return error.problems
    except UserError as error:
        return [str(error)]
    problems = []
    alphas, hard = 0, []
    if len(source) < at_least:
        problems.append(f"{folder}: too few files: {len(source)}; expected at least {at_least}")
    for index in progress(range(len(source))):
        try:
            loaded = source[index]
            if isinstance(loaded, tuple):
                _check_alpha(source.alpha_path(index), loaded[1])
                alphas += 1
                if is_hard(_unshrunk_alpha(source, index, loaded[1])):
                    hard.append(source.alpha_path(index))
        except ImageError as error:
            problems.append(str(error))
    if hard:
        _LOG.warning(
            "%s: %d of %d alphas have no soft pixel, such as %s; hard masks teach no soft edges, expected alpha mattes",
            folder,
            len(hard),
            alphas,
            hard[0].name,
        )
    return problems


def _unshrunk_alpha(source, index, alpha):
    """Return alpha in 0..255 at its own size: shrinking would make the edges of a hard mask soft."""
    if max(alpha.shape) < _MAX_SIDE:
        return to_uint8(alpha)
    path = source.alpha_path(index)
    return read_cutout(path)[:, :, 3] if isinstance(source, CutoutFolder) else read_alpha(path)


def _check_alpha(path, alpha):
    if not np.any(alpha > 0):
        raise ImageError(path, "alpha has no foreground: it is 0 everywhere")
    if np.all(alpha == 1):
        raise ImageError(path, "alpha has no background: it is 1 everywhere")
