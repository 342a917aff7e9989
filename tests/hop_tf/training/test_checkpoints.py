import warnings

import keras
import numpy as np
import pytest

from helpers.tiny_training import tiny_network
from hop_tf.training.checkpoints import CheckpointError, Checkpoints
from hop_tf.training.optimizer import ClippedAdam, ReplicaLossScale


def compiled_network(seed, optimizer=None):
    keras.utils.set_random_seed(seed)
    model = tiny_network()
    model.compile(optimizer or ReplicaLossScale(ClippedAdam(1e-3, use_ema=True)), loss="mae", auto_scale_loss=False)
    model.optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(seed)
    for variable in model.optimizer.variables:
        if variable.dtype == "float32":
            variable.assign(rng.random(variable.shape))
    return model


def state(model):
    return [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


def save(folder, seeds):
    """Save a network in each epoch; return their states."""
    states = []
    for epoch, seed in enumerate(seeds):
        callback = Checkpoints(folder)
        callback.set_model(compiled_network(seed))
        callback.on_epoch_end(epoch)
        states.append(state(callback.model))
    return states


def assert_same(actual, expected):
    for ours, theirs in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_restores_every_variable_of_network_and_optimizer(tmp_path):
    saved = save(tmp_path, [1])
    model = compiled_network(9)
    assert Checkpoints(tmp_path).restore(model) == 1
    assert_same(state(model), saved[0])


def test_starts_from_the_beginning_in_an_empty_folder(tmp_path):
    assert Checkpoints(tmp_path).restore(compiled_network(1)) == 0


def test_truncated_checkpoint_is_skipped_with_a_warning(tmp_path):
    saved = save(tmp_path, [1, 2])
    latest = tmp_path / "latest.weights.h5"
    latest.write_bytes(latest.read_bytes()[: latest.stat().st_size * 2 // 3])
    model = compiled_network(9)
    with pytest.warns(UserWarning, match="damaged checkpoint is skipped.*truncated"):
        assert Checkpoints(tmp_path).restore(model) == 1
    assert_same(state(model), saved[0])
    assert not latest.exists()  # or the next epoch would make it the previous one
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert Checkpoints(tmp_path).restore(compiled_network(9)) == 1


def test_kill_between_the_two_renames_loses_one_epoch(tmp_path):
    saved = save(tmp_path, [1, 2])
    (tmp_path / "latest.weights.h5").unlink()
    model = compiled_network(9)
    assert Checkpoints(tmp_path).restore(model) == 1
    assert_same(state(model), saved[0])


def test_checkpoint_of_another_optimizer_is_an_error(tmp_path):
    save(tmp_path, [1])
    with pytest.raises(CheckpointError, match="no checkpoint can be used"):
        Checkpoints(tmp_path).restore(compiled_network(9, ClippedAdam(1e-3)))


def test_bare_weights_are_not_a_checkpoint(tmp_path):
    compiled_network(1).save_weights(tmp_path / "latest.weights.h5")
    with pytest.raises(CheckpointError, match="initial_weights"):
        Checkpoints(tmp_path).restore(compiled_network(9))


def test_weights_saved_with_an_optimizer_start_another_training(tmp_path):
    saved = compiled_network(1, keras.optimizers.Adam(1e-3, global_clipnorm=1.0))
    saved.save_weights(tmp_path / "old.weights.h5")
    model = tiny_network()
    model.load_weights(tmp_path / "old.weights.h5")  # as train.py does with initial_weights, before it compiles
    assert_same(model.get_weights(), saved.get_weights())
