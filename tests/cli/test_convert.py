"""`convert`: writes what the checkpoint loader filled, checks it, and refuses the rest."""

import keras
import numpy as np
import pytest

from hop_tf.cli import main
from hop_tf.models import hop_matting, released_checkpoint

COMMAND = "convert"


class TinyMatting:
    """Takes the place of `HOPMatting`: a network of one layer, whatever the preset."""

    @staticmethod
    def from_preset(name, load_weights=True):
        assert not load_weights
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])


@pytest.fixture(autouse=True)
def tiny_network(monkeypatch):
    """A checkpoint is a text file here: the number that every weight takes."""

    def load(model, path):
        number = path.read_text()
        if number == "no torch":
            raise ImportError("Reading a checkpoint needs PyTorch: pip install torch")
        for weight in model.weights:
            weight.assign(np.full(weight.shape, float(number)))

    monkeypatch.setattr(hop_matting, "HOPMatting", TinyMatting)
    monkeypatch.setattr(released_checkpoint, "load_released_checkpoint", load)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "released.pth"
    path.write_text("0.375")
    return path


def test_writes_weights_that_load_again(checkpoint, tmp_path, capsys, files_in):
    out = tmp_path / "out.weights.h5"
    assert main(["convert", str(checkpoint), str(out), "--preset", "hop_9x9"]) == 0
    assert capsys.readouterr().out == f"wrote {out}\n"
    assert files_in() == ["out.weights.h5", "released.pth"]
    model = TinyMatting.from_preset("hop_9x9", load_weights=False)
    model.load_weights(out)
    for weight in model.weights:
        np.testing.assert_array_equal(weight, np.full(weight.shape, 0.375))


def test_weights_that_were_not_written_faithfully_are_thrown_away(checkpoint, tmp_path, monkeypatch, fails_with):
    def save_something_else(model, path):
        other = TinyMatting.from_preset("", load_weights=False)
        keras.Sequential.__mro__[1].save_weights(other, path)

    monkeypatch.setattr(keras.Sequential, "save_weights", save_something_else)
    fails_with([checkpoint, tmp_path / "out.weights.h5", "--preset", "hop_9x9"], "differ from the checkpoint")


def test_checkpoints_that_do_not_fit_are_refused(checkpoint, tmp_path, fails_with):
    checkpoint.write_text("something else")
    argv = [checkpoint, tmp_path / "out.weights.h5", "--preset", "hop_5x5"]
    fails_with(argv, checkpoint, "not a checkpoint of the preset hop_5x5")


def test_a_missing_pytorch_is_named(checkpoint, tmp_path, fails_with):
    checkpoint.write_text("no torch")
    argv = [checkpoint, tmp_path / "out.weights.h5", "--preset", "hop_9x9"]
    fails_with(argv, "pip install torch")


def test_wrong_paths_are_refused(checkpoint, tmp_path, fails_with):
    preset = ["--preset", "hop_9x9"]
    out = tmp_path / "out.weights.h5"
    fails_with([tmp_path / "none.pth", out, *preset], "none.pth: no such file")
    fails_with([tmp_path, out, *preset], tmp_path, "is a folder")
    fails_with([checkpoint, tmp_path / "out.h5", *preset], "must be a .weights.h5 file")
    fails_with([checkpoint, tmp_path / "no" / "o.weights.h5", *preset], "no does not exist")
    same = tmp_path / "same.weights.h5"
    same.write_text("0.5")
    fails_with([same, same, *preset], same, "would overwrite the input")
    assert same.read_text() == "0.5"


def test_the_preset_must_be_named(checkpoint, tmp_path, fails_with):
    fails_with([checkpoint, tmp_path / "out.weights.h5"], "--preset", "convert --help")
    fails_with([checkpoint, tmp_path / "o.weights.h5", "--preset", "x"], "unknown preset 'x'; expected one")
