"""A network whose alpha is the red channel divided by 255, loaded once and run by every `matte`."""

import pytest

import hop_tf.inference.predictor
from helpers.red_channel import red_channel_network
from helpers.said import said
from hop_tf.cli.app import main


@pytest.fixture(scope="session")
def predictor():
    return hop_tf.inference.predictor.Predictor(red_channel_network())


@pytest.fixture
def quick_network(predictor, monkeypatch):
    """Spares `matte` to load a network each time."""
    monkeypatch.setattr(hop_tf.inference.predictor, "Predictor", lambda *args, **options: predictor)


@pytest.fixture
def matte(tmp_path, monkeypatch, capsys):
    """A function that runs `matte` in the temporary folder and returns the exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*argv):
        said(capsys)
        code = main(["matte", *map(str, argv)])
        captured = said(capsys)
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
