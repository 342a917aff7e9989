"""One step of `fit` on the active Keras backend, with the whole network and with one layer of each of its kinds."""

import keras
import numpy as np
import pytest

from helpers.tiny_training import tiny_network
from hop_tf import HOPMatting
from hop_tf.datasets.loader import MattingDataset
from hop_tf.training.losses import MattingLoss
from hop_tf.training.optimizer import ClippedAdam

on_jax = keras.backend.backend() == "jax"
eager = pytest.mark.skipif(on_jax, reason="JAX compiles every operation separately, which takes minutes")
only_jax = pytest.mark.skipif(not on_jax, reason="on TensorFlow the whole network takes one step as quickly")


def whole_network():
    return HOPMatting(width=0.25)


@pytest.mark.backends
@pytest.mark.parametrize(
    "build, compiled",
    [
        pytest.param(whole_network, False, marks=eager),
        pytest.param(tiny_network, True, marks=only_jax),
        pytest.param(whole_network, True, marks=pytest.mark.slow),
    ],
)
def test_one_step_reports_equation_5_and_moves_every_kind_of_state(build, compiled):
    model = build()
    model.compile(ClippedAdam(1e-3, beta_1=0.5), MattingLoss(), jit_compile=on_jax, run_eagerly=not compiled)
    dataset = MattingDataset(crop_size=64, batch_size=2, steps_per_epoch=1)
    (inputs, alpha, unknown), before = first_batch(dataset), numbers(model)
    predictions = predict_as_in_training(model, inputs)

    history = model.fit(dataset, epochs=1, shuffle=False, verbose=0)

    expected = np.abs(predictions - alpha)[unknown == 1].mean()
    assert history.history["loss"][0] == pytest.approx(float(expected), rel=1e-3)
    moved = {path.rpartition("/")[2] for path in before if not np.array_equal(before[path], find(model, path))}
    assert {"kernel", "gamma", "beta", "u", "v", "moving_mean", "moving_variance", "scale"} <= moved


@pytest.mark.backends
def test_one_step_with_the_composition_loss_compares_composites():
    model = tiny_network()
    model.compile(ClippedAdam(1e-3), MattingLoss(1.0, composition=2.0), jit_compile=on_jax)
    dataset = MattingDataset(crop_size=64, batch_size=2, steps_per_epoch=1, layers=True)
    inputs, truth, unknown = first_batch(dataset)
    predictions = predict_as_in_training(model, inputs)

    history = model.fit(dataset, epochs=1, shuffle=False, verbose=0)

    alpha, foreground, background = np.split(truth, [1, 4], axis=-1)
    composites = [a * foreground + (1 - a) * background for a in (predictions, alpha)]
    differences = np.abs(predictions - alpha), np.abs(composites[0] - composites[1])
    expected = sum(weight * part[unknown == 1].mean() for weight, part in zip((1, 2), differences, strict=True))
    assert history.history["loss"][0] == pytest.approx(float(expected), rel=1e-3)


def first_batch(dataset):
    """Return the batch that `fit` starts with, after it has advanced the dataset by one epoch."""
    dataset.epoch = 1
    batch = dataset[0]
    dataset.epoch = 0
    return batch


def numbers(model):
    return {variable.path: variable.numpy() for variable in model.variables}


def predict_as_in_training(model, inputs):
    """Return the network's predictions in a step, without changing its state."""
    before = numbers(model)
    predictions = keras.ops.convert_to_numpy(model(inputs, training=True))
    for variable in model.variables:
        variable.assign(before[variable.path])
    return predictions


def find(model, path):
    return next(variable for variable in model.variables if variable.path == path).numpy()
