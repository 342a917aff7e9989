import cv2
import numpy as np
import pytest

from hop_tf.errors import UserError
from hop_tf.evaluation.metrics import scores
from hop_tf.evaluation.scoring import Task, score_all
from hop_tf.evaluation.test_sets import pair


@pytest.fixture
def tasks(draw):
    """Twelve mattes, each worse than the one before."""
    alpha = np.random.default_rng(0).integers(0, 100, (20, 30), dtype=np.uint8)
    names = [f"{i:02}" for i in range(12)]
    pictures = pair(draw("trimap", **dict.fromkeys(names, 128)), draw("alpha", **dict.fromkeys(names, alpha)))
    mattes = draw("mattes", **{name: alpha + 10 * i for i, name in enumerate(names)})
    return [Task("ours", "", picture, mattes / f"{picture.name}.png") for picture in pictures]


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


def test_a_wrong_matte_ends_it_before_all_tasks_are_asked_for(tasks, draw):
    draw("mattes", **{"01": np.zeros((20, 31))})
    asked = []
    with pytest.raises(UserError, match="mattes/01.png: is 31 x 20 pixels"):
        list(score_all((asked.append(task) or task for task in tasks), jobs=1))
    assert len(asked) < len(tasks)


def test_levels_that_are_not_scored_are_noticed(tasks, draw):
    trimap = np.full((20, 30), 128)
    trimap[0, 0] = 127
    draw("trimap", **{"02": trimap})
    assert [result.task.picture.name for result in score_all(tasks, jobs=2) if result.other_levels] == ["02"]
