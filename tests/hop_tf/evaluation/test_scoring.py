import cv2
import numpy as np
import pytest

from hop_tf.errors import UserError
from hop_tf.evaluation.metrics import scores
from hop_tf.evaluation.scoring import MatteFile, mean_scores, score_all, score_predictor
from hop_tf.evaluation.test_sets import pair


@pytest.fixture
def tasks(draw):
    """Twelve mattes, each worse than the one before."""
    alpha = np.random.default_rng(0).integers(0, 100, (20, 30), dtype=np.uint8)
    names = [f"{i:02}" for i in range(12)]
    pictures = pair(draw("trimap", **dict.fromkeys(names, 128)), draw("alpha", **dict.fromkeys(names, alpha)))
    mattes = draw("mattes", **{name: alpha + 10 * i for i, name in enumerate(names)})
    return [MatteFile("ours", "", picture, mattes / f"{picture.name}.png") for picture in pictures]


@pytest.mark.parametrize("jobs", [1, 3])
def test_scores_come_in_order_and_are_those_of_the_arrays(tasks, jobs):
    threads = cv2.getNumThreads()
    results = list(score_all(tasks, jobs))
    assert [result.task for result in results] == tasks
    arrays = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in (tasks[7].matte, *tasks[7].picture[:1:-1])]
    assert results[7].scores == scores(*arrays)
    sads = [result.scores["SAD"] for result in results]
    assert sads == sorted(sads) and sads[0] == 0 < sads[1]
    assert cv2.getNumThreads() == threads


def test_a_bad_matte_stops_scoring_before_all_tasks_are_requested(tasks, draw):
    draw("mattes", **{"01": np.zeros((20, 31))})
    asked = []
    with pytest.raises(UserError, match="mattes/01.png: is 31 x 20 pixels"):
        list(score_all((asked.append(task) or task for task in tasks), jobs=1))
    assert len(asked) < len(tasks)


def test_levels_that_are_not_scored_are_reported(tasks, draw):
    trimap = np.full((20, 30), 128)
    trimap[0, 0] = 127
    draw("trimap", **{"02": trimap})
    assert [result.task.picture.name for result in score_all(tasks, jobs=2) if result.other_levels] == ["02"]


@pytest.fixture
def pictures():
    """Five pictures whose red channel is their alpha, of different sizes."""
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 256, (20 + i, 30, 3), dtype=np.uint8) for i in range(5)]
    return [(f"p{i}", photo, np.full(photo.shape[:2], 128, np.uint8), photo[..., 0]) for i, photo in enumerate(photos)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_predictor_is_scored_by_its_8_bit_mattes(pictures, jobs):
    results = list(score_predictor(lambda photo, trimap: photo[..., 1] / 255, pictures, jobs=jobs))
    assert [result.task.name for result in results] == ["p0", "p1", "p2", "p3", "p4"]
    for result, (_, photo, trimap, alpha) in zip(results, pictures, strict=True):
        assert (result.task.matte == photo[..., 1]).all()
        assert result.scores == scores(photo[..., 1], alpha, trimap)


def test_only_the_measures_asked_for_are_computed(pictures):
    (result,) = score_predictor(lambda photo, trimap: photo[..., 0] / 255, pictures[:1], ["MSE", "SAD"])
    assert result.scores == {"MSE": 0, "SAD": 0}
    assert list(result.scores) == ["MSE", "SAD"]


def test_a_picture_that_a_predictor_cannot_matte_is_named(pictures):
    def predict(photo, trimap):
        raise FloatingPointError("The alpha is not finite")

    with pytest.raises(UserError, match="^p0: The alpha is not finite$"):
        list(score_predictor(predict, pictures))


def test_a_picture_without_unknown_pixels_is_named(pictures):
    name, photo, trimap, alpha = pictures[0]
    with pytest.raises(UserError, match="^p0: no pixel has the level 128"):
        list(score_predictor(lambda photo, trimap: alpha / 255, [(name, photo, 0 * trimap, alpha)]))


def test_means_are_those_of_each_measure():
    assert mean_scores([{"SAD": 1.0, "MSE": 0.5}, {"SAD": 3.0, "MSE": 0.25}]) == {"SAD": 2, "MSE": 0.375}
