import keras
import numpy as np
import pytest
from keras import layers

from hop_tf.training.statistics import SETTLING, renew_statistics


def test_statistics_become_the_means_over_the_batches_after_those_for_settling():
    inputs = keras.Input((4, 4, 3))
    network = keras.Model(inputs, layers.BatchNormalization(momentum=0.0)(inputs))
    rng = np.random.default_rng(0)
    batches = [rng.normal(count, 1 + count / 10, (2, 4, 4, 3)).astype(np.float32) for count in range(SETTLING + 5)]
    gamma, beta, *_ = network.get_weights()
    renew_statistics(network, iter(batches))
    kept = batches[SETTLING:]
    weights = network.get_weights()
    np.testing.assert_array_equal(weights[0], gamma)
    np.testing.assert_array_equal(weights[1], beta)
    assert weights[2] == pytest.approx(np.mean([batch.mean((0, 1, 2)) for batch in kept], 0), rel=1e-5)
    assert weights[3] == pytest.approx(np.mean([batch.var((0, 1, 2)) for batch in kept], 0), rel=1e-4)
