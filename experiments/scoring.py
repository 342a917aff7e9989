"""The scores of a network on pictures, with a progress bar."""

import sys
from collections.abc import Sequence

from tqdm import tqdm

from hop_tf.evaluation.scoring import Predict, score_predictor


def score(predict: Predict, pictures: Sequence, label: str = "scoring") -> dict[str, dict[str, float]]:
    """Score a network on every picture.

    Args:
        predict: function of photo and trimap that returns the alpha.
        pictures: tuples of name, photo, trimap and true alpha.
        label: text before the progress bar.

    Returns:
        `{name: scores}`.

    Raises:
        UserError: as `hop_tf.evaluation.scoring.score_predictor` does.
    """
    results = score_predictor(predict, pictures)
    bar = tqdm(results, label, len(pictures), unit="picture", disable=None, leave=False, file=sys.stderr)
    return {result.task.name: result.scores for result in bar}
