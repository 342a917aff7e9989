"""Settings of a training: every table and key of a config, with the values it may have and its default."""

import dataclasses
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Annotated

from hop_tf.training.config import ConfigError, fill
from hop_tf.training.rules import PRESET, Rule, above, at_least, multiple_of, one_of, share, some_of, within

TEST_SETS = ("folder", "composition-1k", "alphamatting")  # as `hop-tf evaluate --dataset`
TEST_SET = Rule(f"one of {', '.join(TEST_SETS)}", lambda layout: test_set(layout) in TEST_SETS)


def test_set(layout: str) -> str:
    """Return the name of the layout of a test set; `folders` and underscores are older spellings."""
    return "folder" if layout == "folders" else layout.replace("_", "-")


@dataclasses.dataclass
class Training:
    """The network, its initial weights, and the length of the training."""

    preset: Annotated[str, PRESET] = "hop_s_9x9"
    # Factor on all channel counts; 0: that of the preset
    width: Annotated[float, multiple_of(0.25, 0.25, 8, or_zero=True)] = 0.0
    # Weights to start from: a file, or a preset that has weights; empty: random weights
    initial_weights: str = ""
    imagenet_encoder: str = ""  # PyTorch checkpoint of a ResNet-34-D for the opacity encoder; empty: random weights
    # Mixed precision: mixed_float16 on a GPU, mixed_bfloat16 on a CPU with AMX or AVX512-BF16
    dtype: Annotated[str, one_of("float32", "mixed_float16", "mixed_bfloat16")] = "float32"
    # Several devices: mirrored, multi_worker (TensorFlow) or data_parallel (JAX)
    distribution: Annotated[str, one_of("none", "mirrored", "multi_worker", "data_parallel")] = "none"
    steps: Annotated[int, at_least(1)] = 10_000
    steps_per_epoch: Annotated[int, at_least(1)] = 500  # each epoch ends with a checkpoint and a row of log.csv
    seed: Annotated[int, within(0, 2**32 - 1)] = 0
    # Batches to recompute BatchNorm's statistics from at the end; 0: keep them
    statistics_batches: Annotated[int, at_least(0)] = 0
    tensorboard: bool = False


@dataclasses.dataclass
class Data:
    """The training samples."""

    foregrounds: str = ""  # folder of cut-outs; empty: drawn foregrounds only
    layout: Annotated[str, one_of("auto", "cutouts", "folders", "adobe")] = "auto"  # of that folder
    drawn: Annotated[float, share()] = 0.5  # share of drawn foregrounds beside those of the folder; 0: none
    backgrounds: str = ""  # folder of photos; empty: generated textures
    # paper: the published augmentation, for large foregrounds
    recipe: Annotated[str, one_of("open", "paper")] = "open"
    random_interpolation: bool = True  # RI in Table 2
    crop_size: Annotated[int, multiple_of(32, 64, 8192)] = 192
    batch_size: Annotated[int, within(1, 65_536)] = 8  # over all devices
    workers: Annotated[int, within(1, 1024)] = 1  # processes that make batches; 1: a thread of this process


@dataclasses.dataclass
class Loss:
    """Weights of the parts of the loss, all over unknown pixels."""

    absolute: Annotated[float, at_least(0)] = 1.0  # Eq. 5
    laplacian: Annotated[float, at_least(0)] = 0.0
    composition: Annotated[float, at_least(0)] = 0.0
    gradient: Annotated[float, at_least(0)] = 0.0


@dataclasses.dataclass
class Optimizer:
    """Adam, its learning rate and the clipping of gradients."""

    learning_rate: Annotated[float, above(0)] = 6.4e-4  # after the warm-up; then it falls to 0 along a cosine
    warmup_steps: int = 200  # less than training.steps
    beta_1: Annotated[float, share(below_one=True)] = 0.5
    beta_2: Annotated[float, share(below_one=True)] = 0.999
    # Clip gradients at this multiple of the moving average of their norm; 0: no clipping
    clip_factor: Annotated[float, at_least(0)] = 2.0
    clip_norm: Annotated[float, at_least(0)] = 0.0  # clip gradients at this norm instead; 0: use clip_factor
    # Momentum of a moving average of the weights, which is scored and shipped; 0: no average
    ema: Annotated[float, share(below_one=True)] = 0.0


@dataclasses.dataclass
class Validation:
    """The whole pictures that are scored during training."""

    folder: str = ""  # pictures to score; empty: no validation
    # folder: the subfolders image, trimap and alpha
    layout: Annotated[str, TEST_SET] = "folder"
    every: Annotated[int, at_least(1)] = 500  # steps, a multiple of training.steps_per_epoch, at most training.steps
    # The lowest score of the first picks best.weights.h5
    scores: Annotated[list, some_of("SAD", "MSE", "Grad", "Conn")] = dataclasses.field(
        default_factory=lambda: ["SAD", "MSE"]
    )


@dataclasses.dataclass
class Experiment:
    """All settings of one training; a config file has a table for each field."""

    training: Training = dataclasses.field(default_factory=Training)
    data: Data = dataclasses.field(default_factory=Data)
    loss: Loss = dataclasses.field(default_factory=Loss)
    optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)
    validation: Validation = dataclasses.field(default_factory=Validation)


def read_config(path: str | PathLike, overrides: Sequence[str], check_files: bool = False) -> Experiment:
    """Read an experiment.

    Args:
        path: TOML file with the tables and keys of `Experiment`. Keys that it omits keep their defaults.
        overrides: texts `"TABLE.KEY=VALUE"`, such as `"optimizer.learning_rate=1e-4"`.
        check_files: whether the files and folders that the experiment names must exist.

    Returns:
        The experiment.

    Raises:
        ConfigError: if tables, keys or values are wrong. The message names all of them.
    """
    experiment = Experiment()
    problems = fill(experiment, path, overrides)
    training, data, validation = experiment.training, experiment.data, experiment.validation

    def check(allowed, message, *keys):
        if not allowed and not any(key in problems for key in keys):
            problems[f"{keys}"] = message

    for name, steps in {"training.steps": training.steps, "validation.every": validation.every}.items():
        check(
            steps % training.steps_per_epoch == 0 or (name == "validation.every" and not validation.folder),
            f"{name} must be a multiple of training.steps_per_epoch, {training.steps_per_epoch}, not {steps}",
            name,
            "training.steps_per_epoch",
        )
    check(
        not validation.folder or validation.every <= training.steps,
        f"validation.every must be at most training.steps, {training.steps}, not {validation.every}: nothing would be "
        "scored",
        "validation.every",
        "training.steps",
    )
    check(
        0 <= experiment.optimizer.warmup_steps < training.steps,
        f"optimizer.warmup_steps must be less than training.steps, {training.steps}, and not negative, not "
        f"{experiment.optimizer.warmup_steps}",
        "optimizer.warmup_steps",
        "training.steps",
    )
    check(
        any(vars(experiment.loss).values()),
        "one of the keys of [loss] must be more than 0",
        *(f"loss.{key}" for key in vars(experiment.loss)),
    )
    check(
        data.drawn or data.foregrounds,
        "data.drawn must be more than 0 without data.foregrounds, not 0: there would be no foregrounds",
        "data.drawn",
        "data.foregrounds",
    )
    check(
        data.recipe == "open" or data.drawn in (0, Data.drawn),
        f"data.drawn must be 0 with data.recipe paper, which draws nothing beside a folder, not {data.drawn}",
        "data.drawn",
        "data.recipe",
    )
    if check_files:
        problems |= missing_files(experiment)
    if problems:
        raise ConfigError("; ".join(problems.values()))
    return experiment


def missing_files(experiment: Experiment) -> dict[str, str]:
    """Return what is wrong with the files and folders that an experiment names, by key."""
    problems = {}
    folders = {"data.foregrounds", "data.backgrounds", "validation.folder"}
    for name in (*sorted(folders), "training.initial_weights", "training.imagenet_encoder"):
        table, key = name.split(".")
        path = getattr(getattr(experiment, table), key)
        if name == "training.initial_weights" and PRESET.allows(path):
            continue
        if path and not (Path(path).is_dir() if name in folders else Path(path).is_file()):
            kind = "folder" if name in folders else "file"
            found = "it does not exist" if not Path(path).exists() else f"it is not a {kind}"
            problems[name] = f"{name} must be an existing {kind}, not {path!r}: {found}"
    return problems
