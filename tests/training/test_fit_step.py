"""One step of `fit` with the whole network, on whichever Keras backend is active."""

import keras
import numpy as np
import pytest

from datasets.loader import MattingDataset
from hop_tf import HOPMatting
from hop_tf.losses import MattingLoss
from hop_tf.optimization import ClippedAdam


@pytest.mark.backends
def test_one_step_reports_equation_5_and_moves_every_kind_of_state():
    keras.utils.set_random_seed(0)
    model = HOPMatting(width=0.25)
    model.compile(ClippedAdam(1e-3, beta_1=0.5), MattingLoss(), jit_compile=keras.backend.backend() == "jax")
    dataset = MattingDataset(crop_size=64, batch_size=2, steps_per_epoch=1)
    dataset.epoch = 1  # fit moves on once before it begins
    inputs, alpha, unknown = dataset[0]
    dataset.epoch = 0
    before = {variable.path: variable.numpy() for variable in model.variables}
    predictions = keras.ops.convert_to_numpy(model(inputs, training=True))
    for variable in model.variables:
        variable.assign(before[variable.path])

    history = model.fit(dataset, epochs=1, shuffle=False, verbose=0)

    expected = np.abs(predictions - alpha)[unknown == 1].mean()
    assert history.history["loss"][0] == pytest.approx(float(expected), rel=1e-3)
    moved = {path.rpartition("/")[2] for path in before if not np.array_equal(before[path], find(model, path))}
    assert {"kernel", "gamma", "beta", "u", "v", "moving_mean", "moving_variance", "scale"} <= moved


def find(model, path):
    return next(variable for variable in model.variables if variable.path == path).numpy()
