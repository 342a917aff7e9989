"""The loop that scores mattes: those a predictor computes, or finished ones in files."""

import collections
import concurrent.futures
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import cv2
import numpy as np

from hop_tf.errors import UserError
from hop_tf.evaluation.metrics import MEASURES, scores
from hop_tf.evaluation.test_sets import Picture
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.reading import check_same_size, read_alpha, read_mask, read_trimap
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN

Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]


class MatteFile(NamedTuple):
    """A finished matte to score.

    Attributes:
        method: the method that computed it.
        trimap_set: a key of the dict that `open_test_set` returns.
        picture: the picture it belongs to.
        matte: the file.
        is_predicted: whether a network has just written it, so that it is a matte whatever its levels are.
    """

    method: str
    trimap_set: str
    picture: Picture
    matte: Path
    is_predicted: bool = False

    @property
    def trimap_name(self) -> str:
        """The trimap in error messages."""
        return str(self.picture.trimap)

    def read(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return matte, alpha and trimap; raise `UserError` if one cannot be read or their sizes differ."""
        _, _, trimap_path, alpha_path = self.picture
        matte = read_mask(self.matte) if self.is_predicted else read_alpha(self.matte, may_be_trimap=True)
        alpha, trimap = read_alpha(alpha_path), read_trimap(trimap_path)
        check_same_size(self.matte, matte, alpha_path, alpha)
        check_same_size(trimap_path, trimap, alpha_path, alpha)
        return matte, alpha, trimap


class PredictedMatte(NamedTuple):
    """A matte that a predictor has just computed, beside its picture.

    Attributes:
        name: the picture's name.
        photo: uint8 array `[height, width, 3]`, RGB.
        trimap, alpha, matte: uint8 arrays `[height, width]`.
    """

    name: str
    photo: np.ndarray
    trimap: np.ndarray
    alpha: np.ndarray
    matte: np.ndarray

    @property
    def trimap_name(self) -> str:
        """The trimap in error messages."""
        return self.name

    def read(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return matte, alpha and trimap."""
        return self.matte, self.alpha, self.trimap


Matte = TypeVar("Matte", MatteFile, PredictedMatte)


class Result(NamedTuple, Generic[Matte]):
    """The scores of one matte.

    Attributes:
        task: the matte.
        scores: `{measure: score}`, as `hop_tf.evaluation.metrics.scores` returns it.
        other_levels: whether the trimap has levels besides 0, 128 and 255.
    """

    task: Matte
    scores: dict[str, float]
    other_levels: bool


def score_predictor(
    predict: Predict,
    pictures: Iterable[Sequence],
    measures: Sequence[str] = tuple(MEASURES),
    jobs: int = 1,
) -> Iterator[Result[PredictedMatte]]:
    """Compute the matte of each picture and score it, while `predict` works on the next picture.

    Args:
        predict: function of a photo, uint8 `[height, width, 3]`, and a trimap, uint8 `[height, width]`, that returns
            the alpha, float `[height, width]` in 0..1, such as `hop_tf.Predictor.predict`.
        pictures: tuples of name, photo, trimap and true alpha, such as a `PictureSet`.
        measures: keys of `hop_tf.evaluation.metrics.MEASURES`.
        jobs: number of mattes to score at once.

    Yields:
        A `Result` for each picture, in order; its task is a `PredictedMatte`.

    Raises:
        UserError: if `predict` rejects a picture or finds an alpha that is not finite, or a trimap has no unknown
            pixel.

    Example:
        >>> results = score_predictor(Predictor("hop_s_9x9").predict, PictureSet("alphamatting/"))
        >>> mean_scores(result.scores for result in results)["SAD"]
        5.366...
    """
    return score_all(_predicted(predict, pictures), jobs, measures)


def score_all(
    tasks: Iterable[Matte], jobs: int = 1, measures: Sequence[str] = tuple(MEASURES)
) -> Iterator[Result[Matte]]:
    """Score mattes, `jobs` at once.

    The work runs in threads, because NumPy, OpenCV and the decoders release the interpreter lock for nearly all of it,
    and because threads can share the process with a network.

    Args:
        tasks: the mattes. They are requested little ahead of the scores, so a generator may compute them.
        jobs: number of threads.
        measures: keys of `hop_tf.evaluation.metrics.MEASURES`.

    Yields:
        A `Result` for each task, in order.

    Raises:
        UserError: if a picture cannot be read, sizes differ or a trimap has no unknown pixel.
    """
    with _opencv_threads(1), concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting: collections.deque[concurrent.futures.Future[Result[Matte]]] = collections.deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(_score, task, measures))
                while len(waiting) > 2 * jobs or waiting and waiting[0].done():
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def mean_scores(scores_of_pictures: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each measure over pictures."""
    rows = list(scores_of_pictures)
    return {measure: float(np.mean([row[measure] for row in rows])) for measure in rows[0]}


def _predicted(predict, pictures):
    for name, photo, trimap, alpha in pictures:
        try:
            predicted = predict(photo, trimap)
        except (ValueError, FloatingPointError) as error:
            raise UserError(f"{name}: {error}") from error
        yield PredictedMatte(name, photo, trimap, alpha, to_uint8(predicted))


def _score(task, measures):
    matte, alpha, trimap = task.read()
    levels = np.bincount(trimap.ravel(), minlength=256)
    if not levels[UNKNOWN]:
        raise UserError(f"{task.trimap_name}: no pixel has the level {UNKNOWN}; expected it where alpha is unknown")
    other_levels = levels.sum() > levels[[BACKGROUND, UNKNOWN, FOREGROUND]].sum()
    return Result(task, scores(matte, alpha, trimap, measures), bool(other_levels))


@contextlib.contextmanager
def _opencv_threads(count):
    before = cv2.getNumThreads()
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
