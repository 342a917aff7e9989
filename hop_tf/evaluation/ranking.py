"""Ranks of several methods, as alphamatting.com lists them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hop_tf.evaluation.optional import import_late


def average_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Rank the methods on each picture and average the ranks.

    Args:
        values: float array `[methods, pictures, measures]`; lower is better.

    Returns:
        float64 array `[methods, measures]`: the mean rank of each method over the pictures. The best method has rank 1;
        equal values share the mean of their ranks.

    Example:
        >>> average_ranks(np.array([[[2.0]], [[1.0]], [[2.0]]])).ravel()
        array([2.5, 1. , 2.5])
    """
    return import_late("scipy.stats").rankdata(values, axis=0).mean(axis=1)


def rank_table(
    scores: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]],
) -> dict[str, dict[str, dict[str, float]]]:
    """Return the average ranks over all kinds of trimaps, and over the pictures of each kind.

    Every picture counts once under each kind of trimap.

    Args:
        scores: `{method: {trimap set: [{measure: score}, ...]}}` with one entry per picture, in the same order for
            every method.

    Returns:
        `{trimap set: {method: {measure: average rank}}}`. The key "overall" comes first; the trimap sets follow if
        there are several. The measure "mean" is the mean over the measures.
    """
    sets = list(next(iter(scores.values())))
    measures = list(next(iter(scores.values()))[sets[0]][0])
    values = {
        name: np.array([[[row[measure] for measure in measures] for row in rows[name]] for rows in scores.values()])
        for name in sets
    }
    blocks = {"overall": np.concatenate(list(values.values()), axis=1)} | (values if len(sets) > 1 else {})
    return {
        name: {
            method: dict(zip([*measures, "mean"], [*ranks.tolist(), float(ranks.mean())], strict=True))
            for method, ranks in zip(scores, average_ranks(block), strict=True)
        }
        for name, block in blocks.items()
    }
