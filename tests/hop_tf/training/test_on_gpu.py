"""Training steps of the whole network on a real GPU."""

import keras
import numpy as np
import pytest

import train
from hop_tf.datasets.loader import MattingDataset


@pytest.mark.gpu
def test_in_mixed_float16_the_loss_scale_falls_until_steps_change_the_weights_and_all_stays_finite():
    training = train.Training(preset="hop_s_9x9", dtype="mixed_float16")
    model = train.build_model(training)
    train.compile_model(model, training, train.Optimizer(learning_rate=1e-4), train.Loss())
    too_large, losses = 2.0**60, []
    model.optimizer.build(model.trainable_variables)
    model.optimizer.dynamic_scale.assign(too_large)
    before = model.get_weights()
    keep = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: losses.append(logs["loss"]))
    dataset = MattingDataset(crop_size=64, batch_size=2, steps_per_epoch=60)
    model.fit(dataset, epochs=1, shuffle=False, verbose=0, callbacks=[keep])
    after = model.get_weights()
    assert 1 <= float(model.optimizer.dynamic_scale.numpy()) < too_large / 2**16
    assert np.isfinite(losses).all() and all(np.isfinite(weights).all() for weights in after)
    assert sum(not np.array_equal(a, b) for a, b in zip(before, after, strict=True)) > 0.8 * len(before)
