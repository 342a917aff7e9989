import functools

import h5py
import pytest

import train
from hop_tf import HOPMatting
from hop_tf.models.weights_file import save_weights_file
from hop_tf.training.checkpoints import save_weights
from hop_tf.training.config import ConfigError
from hop_tf.training.initial_weights import load_initial_weights

SMALL = {"width": 0.25, "global_hop": False, "local_hops": 1}


@functools.cache
def network(**options):
    return HOPMatting(**{**SMALL, "window_size": 5, **options})


def save_keras(model, path):
    model.save(path)


def save_as_keras_does(model, path):
    model.save_weights(path)


@pytest.mark.parametrize(
    "save, name, options, message",
    [
        (save_weights_file, "a.weights.h5", {}, None),
        (save_weights, "a.weights.h5", {}, None),
        pytest.param(save_as_keras_does, "a.weights.h5", {}, None, marks=pytest.mark.slow),
        pytest.param(save_keras, "a.keras", {}, None, marks=pytest.mark.slow),
        (save_weights_file, "a.weights.h5", {"window_size": 3}, "belong to a network with {'window_size': 3}"),
        (save_weights, "a.weights.h5", {"window_size": 3}, "belong to a network with {'window_size': 3}"),
        (save_keras, "a.keras", {"window_size": 3}, "It holds another network"),
        (save_as_keras_does, "a.weights.h5", {"local_hops": 0}, "arrays, not the"),
        (save_as_keras_does, "a.weights.h5", {"width": 0.5}, "other shapes"),
    ],
)
def test_initial_weights_must_fit_the_network(tmp_path, save, name, options, message):
    model = network() if message else HOPMatting(**SMALL, window_size=5)
    given = network(**options)
    save(given, tmp_path / name)
    if message is None:
        load_initial_weights(model, tmp_path / name)
        assert all((a == b).all() for a, b in zip(model.get_weights(), given.get_weights(), strict=True))
    else:
        with pytest.raises(ConfigError, match=message) as caught:
            load_initial_weights(model, tmp_path / name)
        assert f"training.initial_weights {str(tmp_path / name)!r} must be" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_preset_gives_initial_weights_in_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network().save_to_preset("saved")
    model = HOPMatting(**SMALL, window_size=5)
    load_initial_weights(model, "saved")
    assert all((a == b).all() for a, b in zip(model.get_weights(), network().get_weights(), strict=True))
    with pytest.raises(ConfigError, match="training.initial_weights 'hop_9x9' must be weights .*no bundled weights"):
        load_initial_weights(model, "hop_9x9")


@pytest.mark.parametrize("content", [b"", b"nothing", "empty"])
@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras", "a.h5"])
def test_damaged_weights_are_one_line(tmp_path, name, content):
    if content == "empty":
        h5py.File(tmp_path / name, "w").close()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=f"training.initial_weights .*{name}") as caught:
        load_initial_weights(network(), tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", pytest.param(b"nothing", marks=pytest.mark.slow)])
def test_a_damaged_encoder_is_one_line(tmp_path, content):
    pytest.importorskip("torch")
    network().save_to_preset(tmp_path / "preset")
    (tmp_path / "a.pth").write_bytes(content)
    training = train.Training(preset=str(tmp_path / "preset"), imagenet_encoder=str(tmp_path / "a.pth"))
    with pytest.raises(ConfigError, match="training.imagenet_encoder .*a.pth") as caught:
        train.build_model(training)
    assert "\n" not in str(caught.value)
