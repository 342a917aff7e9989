"""Ranks of several methods, as alphamatting.com lists them."""

import numpy as np


def average_ranks(values):
    """Ranks methods for each picture and averages.

    Args:
        values: float array `[methods, pictures, measures]`; lower is better.

    Returns:
        float64 array `[methods, measures]`: the mean over the pictures of a method's rank among the methods. The best
        has rank 1; methods of equal value share the mean of the ranks that they take up together.

    Example:
        >>> average_ranks(np.array([[[2.0]], [[1.0]], [[2.0]]])).ravel()
        array([2.5, 1. , 2.5])
    """
    values = np.asarray(values, np.float64)
    ahead = np.stack([(values < own).sum(axis=0) for own in values])
    equal = np.stack([(values == own).sum(axis=0) for own in values])
    return (ahead + (equal + 1) / 2).mean(axis=1)


def rank_table(scores):
    """Average ranks over all trimaps, and over those of each kind.

    Every picture counts once under each trimap; the last column is the mean over the measures.

    Args:
        scores: dict of method to dict of trimap set to list of dicts of measure to float, one for each picture, in
            the same order for all methods.

    Returns:
        Dict of trimap set to dict of method to dict of measure, or "mean", to float. "overall" comes first; the
        sets follow where there are several.
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
