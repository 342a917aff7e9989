"""BatchNorm's statistics, recomputed for the weights to ship."""

from collections.abc import Sequence

import keras
import numpy as np

SETTLING = 15  # batches until spectral normalisation's vectors and the moving averages have forgotten the old weights


def renew_statistics(network: keras.Model, dataset: Sequence, count: int) -> None:
    """Set BatchNorm's moving means and variances to their mean over `count` batches, after `SETTLING` batches.

    Training leaves an average over some ten batches, made with weights that moved meanwhile and are not the averaged
    ones. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization" (2018), section 3.2,
    recompute the statistics for the same reason.

    The trained weights stay as they are. The moving averages are assumed to have momentum 0.9, as in `HOPMatting`:
    after 100 batches 2 % of the old statistics remain.

    Args:
        network: its vectors of spectral normalisation advance by one iteration per batch.
        dataset: item `i` is a tuple that begins with the inputs of batch `i`.
        count: number of batches, at least 1.
    """
    statistics = [
        variable
        for variable in network.non_trainable_variables
        if variable.path.endswith(("moving_mean", "moving_variance"))
    ]
    means = [np.zeros(variable.shape) for variable in statistics]
    for step in range(SETTLING + count):
        network(dataset[step][0], training=True)
        if step >= SETTLING:
            for mean, variable in zip(means, statistics, strict=True):
                mean += (np.asarray(variable, np.float64) - mean) / (step + 1 - SETTLING)
    for mean, variable in zip(means, statistics, strict=True):
        variable.assign(mean.astype(np.float32))
