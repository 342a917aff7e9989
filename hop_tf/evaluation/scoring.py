"""Scores many pictures, several at once."""

import collections
import concurrent.futures
import contextlib
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from hop_tf.errors import UserError
from hop_tf.evaluation.metrics import UNKNOWN, scores
from hop_tf.evaluation.test_sets import Picture
from hop_tf.pictures.reading import check_same_size, read_alpha, read_trimap


class Task(NamedTuple):
    """One matte to score.

    Attributes:
        method: str, whose matte it is.
        trimap_set: str, a key of what `open_test_set` gives.
        picture: `Picture`.
        matte: `Path`.
    """

    method: str
    trimap_set: str
    picture: Picture
    matte: Path


class Result(NamedTuple):
    """Scores of one matte.

    Attributes:
        task: `Task`.
        scores: dict, as `hop_tf.evaluation.metrics.scores` gives it.
        other_levels: bool, whether the trimap has levels besides 0, 128 and 255.
    """

    task: Task
    scores: dict
    other_levels: bool


def score_all(tasks, jobs):
    """Scores mattes, `jobs` at once.

    The work is done in threads: nearly all of it is NumPy, OpenCV and decoding, which let other threads run
    meanwhile, and threads go together with a network that runs in the same process.

    Args:
        tasks: iterable of `Task`. It is not run far ahead of the scores, so it may be a generator that mattes.
        jobs: int.

    Yields:
        `Result`, in the order of the tasks.

    Raises:
        UserError: if the sizes differ or a trimap has no unknown pixel.
        ImageError: if a picture cannot be read.
    """
    with _opencv_threads(1), concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = collections.deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(_score, task))
                while len(waiting) > 2 * jobs or waiting and waiting[0].done():
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _score(task):
    trimap_path, alpha_path = task.picture.trimap, task.picture.alpha
    matte, alpha, trimap = read_alpha(task.matte), read_alpha(alpha_path), read_trimap(trimap_path)
    check_same_size(task.matte, matte, alpha_path, alpha)
    check_same_size(trimap_path, trimap, alpha_path, alpha)
    levels = np.bincount(trimap.ravel(), minlength=256)
    if not levels[UNKNOWN]:
        raise UserError(f"{trimap_path}: no pixel has the level {UNKNOWN}; expected it where alpha is unknown")
    other_levels = levels.sum() > levels[[0, UNKNOWN, 255]].sum()
    return Result(task, scores(matte, alpha, trimap), bool(other_levels))


@contextlib.contextmanager
def _opencv_threads(count):
    before = cv2.getNumThreads()
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
