import csv
import subprocess
import sys
from pathlib import Path

import pytest

import train
from helpers.goldens import ROOT
from helpers.runs import draw_pictures, start
from helpers.tiny_training import tiny_network, train_here, write_config
from hop_tf.datasets.loader import MattingDataset
from hop_tf.datasets.sources import ProceduralForegrounds
from hop_tf.training.checkpoints import read_state
from hop_tf.training.nan_guard import NotFiniteError

CONFIGS = sorted((ROOT / "configs").glob("**/*.toml"))


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


@pytest.fixture
def eager():
    """Run the steps without tracing a graph first, where a test is about what happens around them."""
    tf = pytest.importorskip("tensorflow")
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_is_a_valid_experiment_in_any_folder(path, tmp_path, monkeypatch):
    from hop_tf import presets

    monkeypatch.chdir(tmp_path)
    assert train.read_config(path, [], check_files=True).training.preset in presets


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_a_config_is_utf_8(tmp_path, mark):
    (tmp_path / "a.toml").write_bytes(mark + '[data]\nforegrounds = "Möwen"\n'.encode())
    assert train.read_config(tmp_path / "a.toml", []).data.foregrounds == "Möwen"


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


def test_validation_must_come_at_the_end_of_an_epoch_of_the_training(config):
    with pytest.raises(train.ConfigError, match="validation.every"):
        train.read_config(config, ["validation.folder=somewhere", "validation.every=4"])
    with pytest.raises(train.ConfigError, match="validation.every must be at most training.steps, 12, not 15: nothing"):
        train.read_config(config, ["validation.folder=somewhere", "validation.every=15"])


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
def test_missing_inputs_are_errors_before_anything_is_written(config, tmp_path, setting):
    with pytest.raises(train.ConfigError, match="nowhere|paper"):
        train.train(train.read_config(config, [setting, "validation.every=3"]), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_loss_falls_and_the_run_leaves_its_files(config, tmp_path):
    settings = ["training.steps=90", "training.steps_per_epoch=30", "optimizer.learning_rate=1e-2"]
    train_here(config, tmp_path / "run", *settings)
    with (tmp_path / "run/log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [30, 60, 90]
    assert float(rows[-1]["loss"]) < 0.9 * float(rows[0]["loss"])
    assert float(rows[-1]["learning_rate"]) == pytest.approx(0, abs=1e-9)
    names = {"experiment.json", "log.csv", "latest.weights.h5", "previous.weights.h5", "final.weights.h5"}
    assert {path.name for path in (tmp_path / "run").iterdir()} == names
    Path(tmp_path / "run/final.weights.h5").unlink()
    train_here(config, tmp_path / "run", *settings)  # only the last file is left to write
    assert {path.name for path in (tmp_path / "run").iterdir()} == names


@pytest.mark.usefixtures("eager")
def test_statistics_of_the_last_file_are_recomputed_on_request(config, tmp_path):
    moving, kernels = {}, {}
    for batches in (0, 2):
        (tmp_path / "run/final.weights.h5").unlink(missing_ok=True)
        train_here(config, tmp_path / "run", "training.steps=3", f"training.statistics_batches={batches}")
        network = tiny_network()
        network.load_weights(tmp_path / "run/final.weights.h5")
        moving[batches] = [v.numpy() for v in network.non_trainable_variables if "moving" in v.path]
        kernels[batches] = [v.numpy() for v in network.trainable_variables]
    assert all((old != new).any() for old, new in zip(moving[0], moving[2], strict=True))
    assert all((old == new).all() for old, new in zip(kernels[0], kernels[2], strict=True))


@pytest.mark.usefixtures("eager")
def test_fine_tuning_scores_the_initial_weights_and_another_measure_after_resuming(config, tmp_path, capsys):
    draw_pictures(tmp_path / "pictures")
    tiny_network().save_weights(tmp_path / "initial.weights.h5")
    settings = [
        f"training.initial_weights={tmp_path / 'initial.weights.h5'}",
        f"validation.folder={tmp_path / 'pictures'}",
        "validation.every=3",
        "optimizer.learning_rate=0.5",  # makes the network worse
        "optimizer.warmup_steps=0",
        "optimizer.ema=0",
    ]
    for steps, scores in (
        ("training.steps=3", 'validation.scores=["SAD"]'),
        ("training.steps=6", 'validation.scores=["Grad"]'),
    ):
        train_here(config, tmp_path / "run", *settings, steps, scores)
        assert "best.weights.h5: chosen by other scores; its Grad now is" in capsys.readouterr().out or "SAD" in scores
        state = read_state(tmp_path / "run/best.weights.h5")
        assert state["measure"] in scores
        with (tmp_path / "run/log.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        if "SAD" in scores:
            assert [row["step"] for row in rows] == ["0", "3"]
            assert state["score"] == pytest.approx(min(float(row["val_SAD"]) for row in rows))
    assert [row["step"] for row in rows] == ["0", "3", "6"]


@pytest.mark.parametrize("recipe", ["open", "paper"])
def test_no_foreground_is_drawn_if_none_is_wanted(config, monkeypatch, recipe):
    def draw(*_):
        raise AssertionError("a foreground is drawn")

    monkeypatch.setattr(ProceduralForegrounds, "draw", draw)
    experiment = train.read_config(config, ["data.drawn=0", f"data.recipe={recipe}"])
    dataset, _ = train.open_data(experiment.training, experiment.data, experiment.validation)
    for index in range(30):
        dataset.sample(index)


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_the_share_of_drawn_foregrounds_is_that_of_the_config(config, share):
    experiment = train.read_config(config, [f"data.drawn={share}", "data.recipe=open"])
    dataset, _ = train.open_data(experiment.training, experiment.data, experiment.validation)
    assert dataset.samples.recipe.cutout_share == pytest.approx(1 - share)


@pytest.mark.usefixtures("eager")
def test_loss_that_is_not_finite_stops_the_run_and_names_step_and_samples(config, tmp_path, monkeypatch):
    sound = MattingDataset.__getitem__

    def spoilt(dataset, step):
        inputs, alpha, weight = sound(dataset, step)
        return inputs, alpha + float("nan") if (dataset.epoch, step) == (1, 2) else alpha, weight

    monkeypatch.setattr(MattingDataset, "__getitem__", spoilt)
    with pytest.raises(NotFiniteError, match="loss is nan at step 6, on samples 8 to 11 of epoch 1 under seed 0"):
        train_here(config, tmp_path / "run")
    monkeypatch.setattr(MattingDataset, "__getitem__", sound)
    train_here(config, tmp_path / "run")  # the checkpoint before is sound
    assert (tmp_path / "run/final.weights.h5").exists()


def test_a_loss_that_is_not_finite_ends_the_process_with_one_line_and_exit_code_2(config, tmp_path):
    process = start(config, tmp_path / "run", "optimizer.learning_rate=1e30", "optimizer.warmup_steps=0")
    printed, _ = process.communicate(timeout=200)
    assert process.returncode == 2
    assert printed.splitlines()[-1].endswith("the last checkpoint is kept")
