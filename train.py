"""Train a matting network: one TOML file is one experiment.

    python train.py configs/smoke.toml
    python train.py configs/hop_s_9x9.toml --set data.foregrounds=cutouts/ --set data.backgrounds=photos/

Run the same command again to resume from the last checkpoint in the output folder.
"""

import dataclasses
import gc
import importlib.util
import json
import os
import pickle
import sys
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hop_tf.cli.arguments import OneLineParser, exit_code
from hop_tf.errors import UserError, first_line, install_hint
from hop_tf.training.config import ConfigError, fill
from hop_tf.training.rules import PRESET, Rule, above, at_least, multiple_of, one_of, share, some_of

if TYPE_CHECKING:
    import keras

    from hop_tf.datasets.loader import MattingDataset
    from hop_tf.evaluation.reading import PictureSet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # TensorFlow enables oneDNN only on CPUs with AVX512-VNNI or AMX


# === Settings: every table and key of a config, with the values it may have and its default ===

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
    width: Annotated[float, multiple_of(0.25, 0.25, or_zero=True)] = 0.0
    initial_weights: str = ""  # weights file to start from; empty: random weights
    imagenet_encoder: str = ""  # PyTorch checkpoint of a ResNet-34-D for the opacity encoder; empty: random weights
    # Mixed precision: mixed_float16 on a GPU, mixed_bfloat16 on a CPU with AMX or AVX512-BF16
    dtype: Annotated[str, one_of("float32", "mixed_float16", "mixed_bfloat16")] = "float32"
    # Several devices: mirrored, multi_worker (TensorFlow) or data_parallel (JAX)
    distribution: Annotated[str, one_of("none", "mirrored", "multi_worker", "data_parallel")] = "none"
    steps: Annotated[int, at_least(1)] = 10_000
    steps_per_epoch: Annotated[int, at_least(1)] = 500  # each epoch ends with a checkpoint and a row of log.csv
    seed: Annotated[int, Rule("from 0 to 4294967295", lambda seed: 0 <= seed < 2**32)] = 0
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
    crop_size: Annotated[int, multiple_of(32, 64)] = 192
    batch_size: Annotated[int, at_least(1)] = 8  # over all devices
    workers: Annotated[int, at_least(1)] = 1  # processes that make batches; 1: a thread of this process


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
    every: Annotated[int, at_least(1)] = 500  # steps, a multiple of training.steps_per_epoch
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
        path: TOML file with tables and keys as above. Keys that it omits keep their defaults.
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
        if path and not (Path(path).is_dir() if name in folders else Path(path).is_file()):
            kind = "folder" if name in folders else "file"
            found = "it does not exist" if not Path(path).exists() else f"it is no {kind}"
            problems[name] = f"{name} must be an existing {kind}, not {path!r}: {found}"
    return problems


# === Training ===


def train(experiment: Experiment, output: Path) -> None:
    """Start or resume a training, and leave the files in `output` that docs/training.md lists.

    Args:
        experiment: the settings.
        output: folder for checkpoints and logs, created if it does not exist.

    Raises:
        UserError: if a setting is wrong, no checkpoint can be used, the loss is not finite or another worker has ended.
    """
    import keras

    from hop_tf.datasets.loader import FollowEpoch
    from hop_tf.training.batch_norm_statistics import renew_statistics
    from hop_tf.training.checkpoints import Checkpoints, save_weights
    from hop_tf.training.distribution import Distribution
    from hop_tf.training.logs import CSVLog, ProgressBar, tensorboard_callbacks
    from hop_tf.training.nan_guard import StopWhenNotFinite
    from hop_tf.training.precision import slow_precision
    from hop_tf.training.validation import PictureScores, copy_shipped_weights

    # --- Data ---
    if problems := missing_files(experiment):
        raise ConfigError("; ".join(problems.values()))
    training, validation = experiment.training, experiment.validation
    keras.utils.set_random_seed(training.seed)
    for kind in ("foregrounds", "backgrounds"):
        print(f"{kind}: {getattr(experiment.data, kind) or 'none given, generated on the fly'}")
    dataset, pictures = open_data(training, experiment.data, validation, layers=experiment.loss.composition > 0)

    # --- Model, and its last checkpoint ---
    try:
        distribution = Distribution(training.distribution)
    except ValueError as error:
        raise ConfigError(error) from error
    if distribution.is_chief:
        check_same_network(training, output)
        if warning := slow_precision(training.dtype, distribution.has_gpu):
            print(f"warning: {warning}", file=sys.stderr)
    if dataset.batch_size % distribution.replicas:
        raise ConfigError(f"data.batch_size must be a multiple of the number of devices, {distribution.replicas}")
    dataset.part = distribution.part
    with distribution.scope():
        model = build_model(training)
    network = model.from_config(model.get_config())  # receives the weights to score and ship
    model = distribution.prepare(model)
    with distribution.scope():
        compile_model(model, training, experiment.optimizer, experiment.loss)
    checkpoints = Checkpoints(output)
    first_epoch = checkpoints.restore(model) if distribution.is_chief else 0
    first_epoch = distribution.take_from_chief(first_epoch, [*model.weights, *model.optimizer.variables])
    epochs = training.steps // training.steps_per_epoch
    if first_epoch >= epochs and (not distribution.is_chief or (output / "final.weights.h5").exists()):
        print(f"{output}: all {training.steps} steps are already done")
        distribution.wait()
        return
    if first_epoch and distribution.is_chief:
        print(f"{output}: resuming after step {first_epoch * training.steps_per_epoch}")

    # --- Callbacks, in the order in which they need each other's results ---
    callbacks = [
        FollowEpoch(dataset),
        StopWhenNotFinite(dataset, training.seed),
    ]
    bar = ProgressBar(first_epoch, epochs, training.steps_per_epoch)
    if distribution.is_chief:
        every = validation.every // training.steps_per_epoch
        scores = pictures and PictureScores(
            pictures,
            network,
            every,
            validation.scores,
            output,
            source=f"{validation.folder} ({test_set(validation.layout)})",
            before_first_step=bool(training.initial_weights) and not first_epoch,
        )
        callbacks += [
            *([scores] if scores else []),
            bar,
            CSVLog(output / "log.csv", first_epoch, dataset, scores.columns if scores else ()),
            *(tensorboard_callbacks(output / "tensorboard", scores) if training.tensorboard else []),
            checkpoints,
        ]
        output.mkdir(parents=True, exist_ok=True)
        (output / "experiment.json").write_text(json.dumps(dataclasses.asdict(experiment), indent=2) + "\n")

    # --- Steps ---
    try:
        model.fit(
            dataset,
            initial_epoch=first_epoch,
            epochs=epochs,
            shuffle=False,  # Keras would draw the order of batches from a state that no checkpoint holds
            callbacks=callbacks,
            verbose=0,  # the progress bar covers the whole training, not an epoch
        )
    finally:
        bar.on_train_end()  # Keras omits this call after an exception

    # --- Weights to ship ---
    if distribution.is_chief:
        copy_shipped_weights(model, network)
        if training.statistics_batches:
            dataset.epoch = epochs  # samples that the training has not seen
            renew_statistics(network, dataset, training.statistics_batches)
        save_weights(network, output / "final.weights.h5")
        print(f"wrote {output / 'final.weights.h5'}")
    distribution.wait()


def check_same_network(training: Training, output: Path) -> None:
    """Raise `ConfigError` if the output folder holds the training of another network."""
    if (output / "experiment.json").exists():
        try:
            before = json.loads((output / "experiment.json").read_text())["training"]
        except (ValueError, LookupError, TypeError) as error:
            raise ConfigError(
                f"{output / 'experiment.json'}: is damaged; choose another folder with --output"
            ) from error
        for name in ("preset", "width"):
            if before[name] != getattr(training, name):
                raise ConfigError(
                    f"{output}: holds a training with {name} {before[name]}, not {getattr(training, name)}; "
                    "choose another folder with --output"
                )


def open_data(
    training: Training, data: Data, validation: Validation, layers: bool = False
) -> tuple["MattingDataset", "PictureSet | None"]:
    """Open the training samples and the validation pictures.

    Args:
        training: the length of an epoch and the seed.
        data: the training samples.
        validation: the pictures to score.
        layers: whether samples also contain the foreground and the background that they were composited from.

    Returns:
        The training samples, and the pictures to score, `None` if there are none.

    Raises:
        ConfigError: if a setting is wrong or a folder cannot be used.
    """
    from hop_tf.datasets.loader import MattingDataset
    from hop_tf.datasets.recipes import make_recipe
    from hop_tf.evaluation.reading import PictureSet

    drawn = {"cutout_share": 1 - data.drawn} if data.recipe == "open" else {}

    def dataset():
        return MattingDataset(
            data.foregrounds or None,
            data.backgrounds or None,
            layout=data.layout,
            recipe=make_recipe(data.recipe, random_interpolation=data.random_interpolation, **drawn),
            crop_size=data.crop_size,
            batch_size=data.batch_size,
            steps_per_epoch=training.steps_per_epoch,
            seed=training.seed,
            workers=data.workers,
            use_multiprocessing=data.workers > 1,
            layers=layers,
        )

    def pictures():
        return PictureSet(validation.folder, test_set(validation.layout)) if validation.folder else None

    opened, problems = [], []
    for opens in (dataset, pictures):
        try:
            opened.append(opens())
        except (ValueError, OSError, UserError) as error:  # their messages name the file or folder
            problems.append(str(error))
    if problems:
        raise ConfigError("; ".join(problems))
    return tuple(opened)


def build_model(training: Training) -> "keras.Model":
    """Return the `HOPMatting` of a preset with its initial weights.

    Raises:
        ConfigError: if the preset or the weights cannot be used or do not fit each other.
    """
    from hop_tf import HOPMatting, load_imagenet_encoder
    from hop_tf.training.initial_weights import load_initial_weights

    width = {"width": training.width} if training.width else {}
    try:
        model = HOPMatting.from_preset(training.preset, load_weights=False, dtype=training.dtype, **width)
    except (ValueError, OSError) as error:
        raise ConfigError(f"training.preset {training.preset!r} cannot be used: {first_line(error)}") from error
    if training.imagenet_encoder:
        try:
            load_imagenet_encoder(model, training.imagenet_encoder)
        except (ValueError, OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise ConfigError(
                f"training.imagenet_encoder {training.imagenet_encoder!r} must be a PyTorch checkpoint of a "
                f"ResNet-34-D, and training.width 1 ({first_line(error)})"
            ) from error
    if training.initial_weights:
        load_initial_weights(model, training.initial_weights)
    return model


def compile_model(model: "keras.Model", training: Training, optimizer: Optimizer, loss: Loss) -> None:
    """Compile the model, and build the optimizer's variables for a checkpoint to fill."""
    import keras

    from hop_tf.training.losses import MattingLoss
    from hop_tf.training.optimizer import ClippedAdam, ReplicaLossScale, warmup_cosine

    adam = ClippedAdam(
        warmup_cosine(optimizer.learning_rate, optimizer.warmup_steps, training.steps),
        clip_factor=optimizer.clip_factor,
        clip_norm=optimizer.clip_norm,
        beta_1=optimizer.beta_1,
        beta_2=optimizer.beta_2,
        use_ema=optimizer.ema > 0,
        ema_momentum=optimizer.ema,
    )
    model.compile(
        ReplicaLossScale(adam) if training.dtype == "mixed_float16" else adam,
        MattingLoss(**dataclasses.asdict(loss)),
        auto_scale_loss=False,
        jit_compile=keras.backend.backend() == "jax",
    )
    model.optimizer.build(model.trainable_variables)


# === Command line ===


def main() -> int:
    """Run the command line and return the exit code: 0, 2 on wrong input or a failed training, 130 if interrupted."""
    code = exit_code(_run)
    gc.collect()  # ends TensorFlow's threads that make batches, which would abort Python's exit
    return code


def _run() -> int:
    parser = OneLineParser(description=__doc__.split("\n")[0])
    parser.add_argument("config", help="TOML file, such as configs/hop_s_9x9.toml")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="TABLE.KEY=VALUE",
        dest="overrides",
        help="override a key of the config, repeatable; the top of train.py lists all keys",
    )
    parser.add_argument("-o", "--output", help="folder for checkpoints and logs (default: runs/NAME_OF_CONFIG)")
    args = parser.parse_args()
    output = Path(args.output or Path("runs") / Path(args.config).stem)
    experiment = read_config(args.config, args.overrides, check_files=True)  # errors appear before Keras is loaded
    if not importlib.util.find_spec("keras"):
        raise UserError(f"training needs Keras: {install_hint('train')}")
    try:
        train(experiment, output)
    except KeyboardInterrupt:
        print(
            f"interrupted; run the same command again to resume from the last checkpoint in {output}", file=sys.stderr
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
