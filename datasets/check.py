"""What is wrong with a data set, file by file, before a training run finds out."""

import numpy as np

from hop_tf.datasets.sources import PhotoFolder, open_foregrounds
from hop_tf.datasets.sources.files import BadImage
from hop_tf.datasets.sources.parallel import UnpairedFiles

#: Cut-outs are checked at this size: their colours take long to prepare, and a check needs none of the detail.
_MAX_SIDE = 512


def find_problems(foregrounds=None, backgrounds=None, layout="auto", at_least=10, progress=iter):
    """Reads every file of a data set.

    Args:
        foregrounds: path of a folder that open_foregrounds reads, or None.
        backgrounds: path of a folder of photos, or None.
        layout: as in open_foregrounds.
        at_least: number of files that either folder must have.
        progress: called with a sequence of indices, returns an iterable of them; for a progress bar.

    Returns:
        List of str, one problem each: the file or folder and what is wrong with it. Empty when all is well.
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
    except (OSError, ValueError) as error:
        return [str(error)]
    problems = []
    if len(source) < at_least:
        problems.append(f"{folder}: too few files: {len(source)}; expected at least {at_least}")
    for index in progress(range(len(source))):
        try:
            loaded = source[index]
            if isinstance(loaded, tuple):
                _check_alpha(source, index, loaded[1])
        except BadImage as error:
            problems.append(str(error))
    return problems


def _check_alpha(source, index, alpha):
    path = source.alpha_path(index)
    if not np.any(alpha > 0):
        raise BadImage(path, "alpha has no foreground: it is 0 everywhere")
    if np.all(alpha == 1):
        raise BadImage(path, "alpha has no background: it is 1 everywhere")
