import csv
import subprocess
import sys
from pathlib import Path

import pytest

import train
from helpers.goldens import ROOT
from helpers.runs import start
from helpers.tiny_training import CONFIG, build_tiny_model, tiny_network

CONFIGS = sorted((ROOT / "configs").glob("**/*.toml"))


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_is_a_valid_experiment(path):
    from hop_tf import presets

    assert train.read_config(path, []).training.preset in presets


def test_file_and_overrides_replace_defaults(config):
    experiment = train.read_config(
        config,
        ["optimizer.learning_rate=1", "data.foregrounds=my cut-outs/", "loss.laplacian = 0.5", "loss.composition=2"],
    )
    assert experiment.training.steps == 12
    assert experiment.training.dtype == "float32"
    assert experiment.optimizer.learning_rate == 1.0
    assert experiment.data.foregrounds == "my cut-outs/"
    assert experiment.loss.laplacian == 0.5
    assert experiment.loss.composition == 2.0


@pytest.mark.parametrize(
    "override, message",
    [
        ("optimizer.learnin_rate=1e-4", r"unknown key of \[optimizer\]: learnin_rate. Did you mean learning_rate\?"),
        ("optimiser.learning_rate=1e-4", r"unknown table: optimiser. Did you mean optimizer\?"),
        ("training.steps=many", "training.steps must be of type int, not 'many'"),
        ("training.tensorboard=1", "training.tensorboard must be of type bool, not 1"),
        ("training.steps=13", "training.steps must be a multiple of training.steps_per_epoch, 3"),
        ("optimizer.warmup_steps=12", "optimizer.warmup_steps must be less than training.steps, 12"),
        ("optimizer.warmup_steps=-1", "optimizer.warmup_steps must be less than training.steps, 12, and not negative"),
        ("training.statistics_batches=-5", "training.statistics_batches must be 0 or more, not -5"),
        ("steps=3", "expected TABLE.KEY=VALUE"),
    ],
)
def test_wrong_settings_are_named(config, override, message):
    with pytest.raises(train.ConfigError, match=message):
        train.read_config(config, [override])


def test_validation_must_come_at_the_end_of_an_epoch(config):
    with pytest.raises(train.ConfigError, match="validation.every"):
        train.read_config(config, ["validation.folder=somewhere", "validation.every=4"])


@pytest.mark.parametrize("content", [None, b"[training\n", b"\xff\xfe"])
def test_a_config_that_cannot_be_read_is_one_line_and_exit_code_2(tmp_path, content):
    path = tmp_path / "experiment.toml"
    if content is not None:
        path.write_bytes(content)
    done = subprocess.run([sys.executable, ROOT / "train.py", path], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {path}") and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "setting",
    ["data.foregrounds=nowhere", "data.recipe=papers", "validation.folder=nowhere", "training.distribution=nowhere"],
)
def test_what_cannot_be_found_is_an_error_before_anything_is_written(config, tmp_path, setting):
    with pytest.raises(train.ConfigError, match="nowhere|paper"):
        train.train(train.read_config(config, [setting, "validation.every=3"]), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_loss_falls_and_the_run_leaves_its_files(config, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "build_model", build_tiny_model)
    settings = ["training.steps=90", "training.steps_per_epoch=30", "optimizer.learning_rate=1e-2"]
    train.train(train.read_config(config, settings), tmp_path / "run")
    with (tmp_path / "run/log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [30, 60, 90]
    assert float(rows[-1]["loss"]) < 0.9 * float(rows[0]["loss"])
    assert float(rows[-1]["learning_rate"]) == pytest.approx(0, abs=1e-9)
    names = {"experiment.json", "log.csv", "latest.weights.h5", "previous.weights.h5", "final.weights.h5"}
    assert {path.name for path in (tmp_path / "run").iterdir()} == names
    Path(tmp_path / "run/final.weights.h5").unlink()
    train.train(train.read_config(config, settings), tmp_path / "run")  # nothing left to do but the last file
    assert {path.name for path in (tmp_path / "run").iterdir()} == names


def test_statistics_of_the_last_file_are_taken_anew_where_asked(config, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "build_model", build_tiny_model)
    moving, kernels = {}, {}
    for batches in (0, 2):
        (tmp_path / "run/final.weights.h5").unlink(missing_ok=True)
        train.train(train.read_config(config, [f"training.statistics_batches={batches}"]), tmp_path / "run")
        network = tiny_network()
        network.load_weights(tmp_path / "run/final.weights.h5")
        moving[batches] = [v.numpy() for v in network.non_trainable_variables if "moving" in v.path]
        kernels[batches] = [v.numpy() for v in network.trainable_variables]
    assert all((old != new).any() for old, new in zip(moving[0], moving[2], strict=True))
    assert all((old == new).all() for old, new in zip(kernels[0], kernels[2], strict=True))


def test_loss_that_is_not_finite_stops_the_run_and_names_step_and_samples(config, tmp_path, monkeypatch):
    from hop_tf.datasets.loader import MattingDataset

    sound = MattingDataset.__getitem__

    def spoilt(dataset, step):
        inputs, alpha, weight = sound(dataset, step)
        return inputs, alpha + float("nan") if (dataset.epoch, step) == (1, 2) else alpha, weight

    monkeypatch.setattr(MattingDataset, "__getitem__", spoilt)
    monkeypatch.setattr(train, "build_model", build_tiny_model)
    with pytest.raises(Exception, match="loss is nan at step 6, on samples 8 to 11 of epoch 1 under seed 0"):
        train.train(train.read_config(config, []), tmp_path / "run")
    monkeypatch.setattr(MattingDataset, "__getitem__", sound)
    train.train(train.read_config(config, []), tmp_path / "run")  # the checkpoint before is sound
    assert (tmp_path / "run/final.weights.h5").exists()


def test_a_loss_that_is_not_finite_ends_the_process_with_one_line_and_exit_code_2(config, tmp_path):
    process = start(config, tmp_path / "run", "optimizer.learning_rate=1e30", "optimizer.warmup_steps=0")
    printed, _ = process.communicate(timeout=200)
    assert process.returncode == 2
    assert printed.splitlines()[-1].endswith("the last checkpoint is kept")
