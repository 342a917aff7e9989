import keras
import numpy as np
import pytest

from helpers.runs import draw_pictures
from helpers.tiny_training import tiny_network
from hop_tf import Predictor
from hop_tf.errors import UserError
from hop_tf.evaluation import metrics
from hop_tf.evaluation.reading import PictureSet
from hop_tf.training.checkpoints import read_state
from hop_tf.training.optimizer import ClippedAdam
from hop_tf.training.validation import PictureScores, copy_shipped_weights


@pytest.fixture
def folder(tmp_path):
    draw_pictures(tmp_path)
    return tmp_path


def test_scores_are_those_of_the_predictor_and_the_published_scripts(folder):
    keras.utils.set_random_seed(0)
    network, pictures = tiny_network(), PictureSet(folder)
    means = PictureScores(pictures, network, names=tuple(metrics.MEASURES)).score()
    rows = []
    for _, photo, trimap, alpha in (pictures[0], pictures[1]):
        predicted = np.rint(Predictor(network).predict(photo, trimap) * 255).astype(np.uint8)
        rows.append(metrics.scores(predicted, alpha, trimap))
    assert means == pytest.approx({name: np.mean([row[name] for row in rows]) for name in metrics.MEASURES})


def test_best_network_is_kept_and_remembered(folder, tmp_path):
    def validation(seed):
        keras.utils.set_random_seed(seed)
        model = tiny_network()
        model.compile(ClippedAdam(1e-3), loss="mae")
        model.optimizer.build(model.trainable_variables)
        callback = PictureScores(PictureSet(folder), tiny_network(), every=2, folder=tmp_path)
        callback.set_model(model)
        return callback

    best = tmp_path / "best.weights.h5"
    results = {}
    for seed in (1, 2):
        callback = validation(seed)
        callback.on_epoch_end(0, logs := {})
        assert logs == {}  # every other epoch
        callback.on_epoch_end(1, logs)
        results[logs["val_SAD"]] = [panel.shape for panel in callback.panels]
        network = tiny_network()
        network.load_weights(best)
    assert results[min(results)] == [(50, 4 * 70, 3), (64, 4 * 40, 3)]
    kept = PictureScores(PictureSet(folder), network).score()
    assert kept["SAD"] == pytest.approx(min(results))


def scores_of(folder, output, seed=1, ema=False, **options):
    """Return `PictureScores` in a compiled model, before the training begins."""
    keras.utils.set_random_seed(seed)
    model = tiny_network()
    model.compile(ClippedAdam(1e-3, use_ema=ema), loss="mae")
    model.optimizer.build(model.trainable_variables)
    callback = PictureScores(PictureSet(folder), tiny_network(), folder=output, **options)
    callback.set_model(model)
    return callback


@pytest.mark.parametrize(
    "before, after",
    [
        ({}, {"names": ("MSE",)}),
        pytest.param({"source": "a"}, {"source": "b"}, marks=pytest.mark.slow),
        pytest.param({"names": ("Grad", "SAD")}, {}, marks=pytest.mark.slow),
    ],
)
def test_the_best_weights_are_scored_again_if_they_were_chosen_by_other_scores(folder, tmp_path, before, after):
    first = scores_of(folder, tmp_path, **before)
    first.on_epoch_end(0, {})
    best = read_state(tmp_path / "best.weights.h5")
    again = scores_of(folder, tmp_path, seed=2, **after)
    kept = read_state(tmp_path / "best.weights.h5")
    assert kept["epoch"] == best["epoch"] and kept["measure"] == again.names[0]
    network = tiny_network()
    network.load_weights(tmp_path / "best.weights.h5")
    score = PictureScores(PictureSet(folder), network, names=again.names).score()[again.names[0]]
    assert kept["score"] == pytest.approx(score)
    again.on_epoch_end(4, logs := {})
    better = logs[f"val_{again.names[0]}"] < score
    assert (read_state(tmp_path / "best.weights.h5")["epoch"] == 5) == better


def test_a_damaged_file_of_best_weights_is_replaced_with_a_warning(folder, tmp_path, capsys):
    (tmp_path / "best.weights.h5").write_bytes(b"torn")
    scores_of(folder, tmp_path).on_epoch_end(0, {})
    assert "best.weights.h5 cannot be used and will be replaced" in capsys.readouterr().err
    assert read_state(tmp_path / "best.weights.h5")["epoch"] == 1


@pytest.mark.parametrize("first", [True, False])
def test_initial_weights_are_scored_before_the_first_step_and_can_be_the_best(folder, tmp_path, first, capsys):
    callback = scores_of(folder, tmp_path, ema=True, before_first_step=first)
    initial = callback.model.get_weights()
    callback.on_train_begin(logs := {})
    assert set(logs) == ({"val_SAD", "val_MSE"} if first else set())
    assert (tmp_path / "best.weights.h5").exists() == first
    assert ("step 0" in capsys.readouterr().out) == first
    for average in callback.model.optimizer.weights_average:
        average.assign(np.full(average.shape, 9.0))  # a worse network
    callback.on_epoch_end(0, {})
    assert read_state(tmp_path / "best.weights.h5")["epoch"] == (0 if first else 1)
    if first:
        network = tiny_network()
        network.load_weights(tmp_path / "best.weights.h5")
        for kept, given in zip(network.get_weights(), initial, strict=True):
            np.testing.assert_array_equal(kept, given)


def test_the_moving_average_of_the_weights_is_shipped():
    model, network = tiny_network(), tiny_network()
    optimizer = ClippedAdam(1e-3, use_ema=True)
    model.compile(optimizer, loss="mae")
    optimizer.build(model.trainable_variables)
    for average in optimizer.weights_average:
        average.assign(np.full(average.shape, 0.25))
    copy_shipped_weights(model, network)
    assert all((variable.numpy() == 0.25).all() for variable in network.trainable_variables)
    for ours, theirs in zip(network.non_trainable_variables, model.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_picture_without_partner_is_named(folder):
    (folder / "alpha" / "b.png").unlink()
    with pytest.raises(UserError, match="alpha: no picture for b;"):
        PictureSet(folder)
