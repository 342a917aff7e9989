import keras
import numpy as np
import pytest
from keras import layers

from hop_tf.training.batch_norm_statistics import SETTLING, renew_statistics


def one_batch_norm(momentum):
    inputs = keras.Input((4, 4, 3))
    return keras.Model(inputs, layers.BatchNormalization(momentum=momentum)(inputs))


def test_statistics_are_the_means_over_the_batches_after_settling():
    network = one_batch_norm(momentum=0.0)
    rng = np.random.default_rng(0)
    batches = [rng.normal(step, 1 + step / 10, (2, 4, 4, 3)).astype(np.float32) for step in range(SETTLING + 5)]
    gamma, beta, *_ = network.get_weights()
    renew_statistics(network, [(batch,) for batch in batches], 5)
    kept = batches[SETTLING:]
    weights = network.get_weights()
    np.testing.assert_array_equal(weights[0], gamma)
    np.testing.assert_array_equal(weights[1], beta)
    assert weights[2] == pytest.approx(np.mean([batch.mean((0, 1, 2)) for batch in kept], 0), rel=1e-5)
    assert weights[3] == pytest.approx(np.mean([batch.var((0, 1, 2)) for batch in kept], 0), rel=1e-4)


def test_two_percent_of_the_old_statistics_remain_after_100_batches():
    network = one_batch_norm(momentum=0.9)
    gamma, beta, mean, variance = network.get_weights()
    network.set_weights([gamma, beta, mean + 100, variance])
    renew_statistics(network, [(np.zeros((2, 4, 4, 3), np.float32),)] * (SETTLING + 100), 100)
    assert network.get_weights()[2] == pytest.approx(1.85, abs=0.02)
