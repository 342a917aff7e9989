"""A network whose alpha is the red channel divided by 255, loaded once and run by every `matte`."""

import keras
import numpy as np
import pytest

import hop_tf.predictor
from hop_tf.cli import main


def network_of_red(scale=1.0, shift=0.0):
    """A network whose alpha is `scale * red / 255 + shift`."""
    image, trimap = keras.Input((None, None, 3), name="image"), keras.Input((None, None, 1), name="trimap")
    conv = keras.layers.Conv2D(1, 1)
    model = keras.Model({"image": image, "trimap": trimap}, conv(keras.layers.Concatenate()([image, trimap])))
    conv.set_weights([np.array([scale / 255, 0, 0, 0], np.float32).reshape(1, 1, 4, 1), np.array([shift], np.float32)])
    return model


@pytest.fixture(scope="session")
def predictor():
    return hop_tf.predictor.Predictor(network_of_red())


@pytest.fixture(scope="session")
def red_network(tmp_path_factory):
    """Path of the network as a `.keras` file."""
    path = tmp_path_factory.mktemp("network") / "red.keras"
    network_of_red().save(path)
    return path


@pytest.fixture
def quick_network(predictor, monkeypatch):
    """Spares `matte` to load a network each time."""
    monkeypatch.setattr(hop_tf.predictor, "Predictor", lambda *args, **options: predictor)


@pytest.fixture
def matte(tmp_path, monkeypatch, capsys):
    """A function that runs `matte` in the temporary folder and returns the exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*argv):
        capsys.readouterr()
        code = main(["matte", *map(str, argv)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def refused(matte, tmp_path):
    """A function that runs `matte`, which must say `message` in one line and change no file."""

    def check(argv, message):
        before = {path: path.lstat() for path in tmp_path.rglob("*")}
        code, out, error = matte(*argv)
        assert (code, out) == (2, "")
        assert error.startswith("error: ") and error.count("\n") == 1
        assert message in error
        assert {path: path.lstat() for path in tmp_path.rglob("*")}.keys() == before.keys()

    return check
