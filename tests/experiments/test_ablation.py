import json

import pytest

import train
from experiments.command_line import main
from experiments.composites import EPOCH, Composites
from helpers.runs import losses
from helpers.tiny_training import build_tiny_model, write_config
from hop_tf.training.checkpoints import Checkpoints


@pytest.fixture
def ablation(tmp_path, monkeypatch):
    """A function that runs the command on a network of a few layers, into the folder `runs`."""
    monkeypatch.setattr(train, "build_model", build_tiny_model)
    budget = [
        "--config",
        str(write_config(tmp_path)),
        "--steps",
        "6",
        "--composites",
        "2",
        "-o",
        str(tmp_path / "runs"),
    ]
    tf = pytest.importorskip("tensorflow")
    tf.config.run_functions_eagerly(True)  # no graph is worth tracing for six steps
    yield lambda *argv: main(["ablation", *argv, *budget])
    tf.config.run_functions_eagerly(False)


def test_rows_are_trained_scored_and_kept_and_an_interrupted_one_resumes(
    ablation, alphamatting, tmp_path, monkeypatch, capsys
):
    runs, rows, save = tmp_path / "runs", ["--rows", "no_hop", "hop_9x9+ri"], Checkpoints.on_epoch_end

    def interrupt(checkpoints, epoch, logs=None):
        save(checkpoints, epoch, logs)
        if checkpoints.folder.name == "hop_9x9+ri":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "on_epoch_end", interrupt)
        assert ablation(*rows) == 130
    first = (runs / "no_hop/final.weights.h5").stat().st_mtime_ns
    assert json.loads((runs / "rows_on_composites.json").read_text())["rows"][0]["network"] == "no_hop"

    capsys.readouterr()
    assert ablation(*rows) == 0
    printed = capsys.readouterr().out
    assert "no_hop: all 6 steps are already done" in printed and "hop_9x9+ri: resuming after step 3" in printed
    assert (runs / "no_hop/final.weights.h5").stat().st_mtime_ns == first
    assert list(losses(runs / "hop_9x9+ri")) == [3, 6]
    experiments = [json.loads((runs / name / "experiment.json").read_text()) for name in ("no_hop", "hop_9x9+ri")]
    assert [of["training"]["preset"] for of in experiments] == ["no_hop", "hop_9x9"]
    assert [of["data"]["random_interpolation"] for of in experiments] == [False, True]

    table = (runs / "rows_on_composites.md").read_text()
    assert table in printed
    assert "Each row: 6 steps of 4 crops of 64 x 64 pixels, seed 0" in table
    assert "| hop_9x9+ri | global + 3 local | 9 x 9 | appearance | yes | yes | yes |" in table
    for row in json.loads((runs / "rows_on_composites.json").read_text())["rows"]:
        assert row["mean"]["SAD"] == pytest.approx(sum(of["SAD"] for of in row["pictures"].values()) / 2)

    assert ablation("--rows", "no_hop", "--validation", str(alphamatting)) == 0  # scores other pictures, trains nothing
    assert "the 2 pictures of alphamatting" in (runs / "rows_on_alphamatting.md").read_text()

    capsys.readouterr()
    assert ablation("--rows", "no_hop", "--seed", "1") == 2
    message = f"error: {runs / 'no_hop'}: holds a training with training.seed 0, not 1; choose another folder"
    assert capsys.readouterr().err.startswith(message)


def test_composites_are_the_same_in_every_row_and_in_no_training():
    plain, random = train.Data(random_interpolation=False), train.Data(random_interpolation=True)
    (_, photo, *_), (_, same, *_) = Composites(plain, 1, 64)[0], Composites(random, 1, 64)[0]
    assert (photo == same).all()
    assert len(list(Composites(plain, 2, 64))) == 2
    assert train.Training().steps < EPOCH
