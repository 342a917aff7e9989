"""BatchNorm's statistics, taken anew for the weights that are shipped."""

import numpy as np

SETTLING = 15  # batches, in which the vectors of spectral normalisation and the moving averages leave the old weights


def renew_statistics(network, dataset, count):
    """Sets BatchNorm's moving means and variances to their mean over `count` batches that follow `SETTLING` others.

    Trained weights stay. Made for BatchNorms of momentum 0.9, as those of `HOPMatting`: of the old statistics then 2 %
    are left after 100 batches more.

    Training leaves an average over some ten batches, of weights that moved meanwhile and are not the averaged ones.
    Source: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization" (2018), section 3.2.

    Args:
        network: `keras.Model`. The vectors of its spectral normalisation go on by one iteration a batch.
        dataset: its item `step` is a tuple that begins with the inputs of batch `step`.
        count: int, at least 1.
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
