"""`convert`: real checkpoints become weights files that hold the same; everything else is refused in one line."""

import sys

import h5py
import numpy as np
import pytest

from helpers.drawn_weights import drawn_checkpoint
from hop_tf import HOPMatting, load_released_checkpoint
from hop_tf.cli.app import main

COMMAND = "convert"


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "released.pth"
    path.write_text("no checkpoint")
    return path


@pytest.fixture(scope="module")
def network():
    return HOPMatting.from_preset("hop_9x9", load_weights=False)


@pytest.fixture
def built_once(network, monkeypatch):
    """The command gets a network that is there already, instead of building one for each of many checkpoints."""
    monkeypatch.setattr(HOPMatting, "from_preset", lambda name, load_weights: network)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason='.pth files need PyTorch: pip install "torch>=2.6"')


def test_a_checkpoint_becomes_a_weights_file_that_holds_the_same(
    checkpoint, tmp_path, capsys, files_in, torch, network
):
    arrays = drawn_checkpoint()
    torch.save({"state_dict": {name: torch.from_numpy(np.array(a)) for name, a in arrays.items()}}, checkpoint)
    out = tmp_path / "out.weights.h5"
    assert main(["convert", str(checkpoint), str(out), "--preset", "hop_9x9"]) == 0
    assert capsys.readouterr().out == f"wrote {out}\n"
    assert files_in() == ["out.weights.h5", "released.pth"]
    load_released_checkpoint(network, arrays)
    expected = [np.array(weight) for weight in network.weights]
    for weight in network.weights:
        weight.assign(np.zeros(weight.shape))
    network.load_weights(out)
    for a, b in zip(expected, network.weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.usefixtures("built_once")
def test_an_unfaithful_conversion_is_deleted(checkpoint, tmp_path, monkeypatch, fails_with, torch):
    torch.save({name: torch.from_numpy(np.array(array)) for name, array in drawn_checkpoint().items()}, checkpoint)
    load_weights = HOPMatting.load_weights

    def damage_and_load(model, path):
        with h5py.File(path, "r+") as file:
            file["layers/conv2d/vars/1"][...] += 1  # the bias of the last convolution
        load_weights(model, path)

    monkeypatch.setattr(HOPMatting, "load_weights", damage_and_load)
    fails_with([checkpoint, tmp_path / "out.weights.h5", "--preset", "hop_9x9"], "reads back differently")


@pytest.mark.usefixtures("built_once")
def test_checkpoints_that_do_not_fit_are_refused(checkpoint, tmp_path, fails_with, torch):
    argv = [checkpoint, tmp_path / "out.weights.h5", "--preset", "hop_9x9"]
    fails_with(argv, checkpoint, "not a checkpoint of the preset hop_9x9")
    for content in (torch.zeros(3), [1, 2], {"decoder.conv2.bias": torch.zeros(1, dtype=torch.bfloat16)}):
        torch.save(content, checkpoint)
        fails_with(argv, checkpoint, "not a checkpoint of the preset hop_9x9")


@pytest.mark.usefixtures("built_once")
def test_a_missing_pytorch_is_named(checkpoint, tmp_path, monkeypatch, fails_with):
    monkeypatch.setitem(sys.modules, "torch", None)
    fails_with([checkpoint, tmp_path / "out.weights.h5", "--preset", "hop_9x9"], 'pip install "hop-tf[torch]"')


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
