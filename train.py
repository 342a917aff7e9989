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
import sys
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.cli.arguments import OneLineParser, exit_code
from hop_tf.errors import UserError, install_hint
from hop_tf.training.config import ConfigError, check_known, fill

if TYPE_CHECKING:
    import keras

    from hop_tf.datasets.loader import MattingDataset
    from hop_tf.evaluation.reading import PictureSet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # TensorFlow enables oneDNN only on CPUs with AVX512-VNNI or AMX


# === Settings: every table and key of a config, with its default ===


@dataclasses.dataclass
class Training:
    """The network, its initial weights, and the length of the training."""

    preset: str = "hop_s_9x9"
    width: float = 0.0  # factor on all channel counts; 0: that of the preset
    initial_weights: str = ""  # weights file to start from; empty: random weights
    imagenet_encoder: str = ""  # PyTorch checkpoint of a ResNet-34-D for the opacity encoder; empty: random weights
    dtype: str = "float32"  # or mixed_float16 (GPU), mixed_bfloat16 (CPU with AMX or AVX512-BF16)
    distribution: str = "none"  # several devices: mirrored, multi_worker (TensorFlow) or data_parallel (JAX)
    steps: int = 10_000
    steps_per_epoch: int = 500  # each epoch ends with a checkpoint and a row of log.csv
    seed: int = 0
    statistics_batches: int = 0  # batches to recompute BatchNorm's statistics from at the end; 0: keep them
    tensorboard: bool = False


@dataclasses.dataclass
class Data:
    """The training samples."""

    foregrounds: str = ""  # folder of cut-outs; empty: drawn foregrounds only
    layout: str = "auto"  # layout of that folder: cutouts, folders or adobe
    backgrounds: str = ""  # folder of photos; empty: generated textures
    recipe: str = "open"  # or paper: the published augmentation, for large foregrounds
    random_interpolation: bool = True  # RI in Table 2
    crop_size: int = 192
    batch_size: int = 8  # over all devices
    workers: int = 1  # processes that make batches; 1: a thread of this process


@dataclasses.dataclass
class Loss:
    """Weights of the parts of the loss, all over unknown pixels."""

    absolute: float = 1.0  # Eq. 5
    laplacian: float = 0.0
    composition: float = 0.0
    gradient: float = 0.0


@dataclasses.dataclass
class Optimizer:
    """Adam, its learning rate and the clipping of gradients."""

    learning_rate: float = 6.4e-4  # after the warm-up; then it falls to 0 along a cosine
    warmup_steps: int = 200
    beta_1: float = 0.5
    beta_2: float = 0.999
    clip_factor: float = 2.0  # clip gradients at this multiple of the moving average of their norm; 0: no clipping
    clip_norm: float = 0.0  # clip gradients at this norm instead; 0: use clip_factor
    ema: float = 0.0  # momentum of a moving average of the weights, which is scored and shipped; 0: no average


@dataclasses.dataclass
class Validation:
    """The whole pictures that are scored during training."""

    folder: str = ""  # pictures to score; empty: no validation
    layout: str = "folders"  # image, trimap, alpha; or composition_1k, alphamatting
    every: int = 500  # steps, a multiple of training.steps_per_epoch
    scores: list = dataclasses.field(default_factory=lambda: ["SAD", "MSE"])  # or Grad, Conn; the first picks the best


@dataclasses.dataclass
class Experiment:
    """All settings of one training; a config file has a table for each field."""

    training: Training = dataclasses.field(default_factory=Training)
    data: Data = dataclasses.field(default_factory=Data)
    loss: Loss = dataclasses.field(default_factory=Loss)
    optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)
    validation: Validation = dataclasses.field(default_factory=Validation)


def read_config(path: str | PathLike, overrides: Sequence[str]) -> Experiment:
    """Read an experiment.

    Args:
        path: TOML file with tables and keys as above. Keys that it omits keep their defaults.
        overrides: texts `"TABLE.KEY=VALUE"`, such as `"optimizer.learning_rate=1e-4"`.

    Returns:
        The experiment.

    Raises:
        ConfigError: if a table, key or value is wrong.
    """
    experiment = Experiment()
    fill(experiment, path, overrides)
    training, validation = experiment.training, experiment.validation
    for name, steps in {"training.steps": training.steps, "validation.every": validation.every}.items():
        if (name == "training.steps" or validation.folder) and (steps < 1 or steps % training.steps_per_epoch):
            raise ConfigError(f"{name} must be a multiple of training.steps_per_epoch, {training.steps_per_epoch}")
    if not 0 <= experiment.optimizer.warmup_steps < training.steps:
        limits = f"less than training.steps, {training.steps}, and not negative"
        raise ConfigError(f"optimizer.warmup_steps must be {limits}")
    if training.statistics_batches < 0:
        raise ConfigError(f"training.statistics_batches must be 0 or more, not {training.statistics_batches}")
    return experiment


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
    from hop_tf.training.validation import PictureScores, copy_shipped_weights

    # --- Data ---
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
        scores = PictureScores(pictures, network, every, validation.scores, output) if pictures else None
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
        before = json.loads((output / "experiment.json").read_text())["training"]
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
    from hop_tf.datasets.recipes import RECIPES, make_recipe
    from hop_tf.evaluation.metrics import MEASURES
    from hop_tf.evaluation.reading import PictureSet

    layouts = {"folders": "folder", "composition_1k": "composition-1k", "alphamatting": "alphamatting"}
    check_known(data.recipe, RECIPES, "data.recipe")
    check_known(validation.layout, layouts, "validation.layout")
    for name in validation.scores:
        check_known(name, MEASURES, "score")
    try:
        dataset = MattingDataset(
            data.foregrounds or None,
            data.backgrounds or None,
            layout=data.layout,
            recipe=make_recipe(data.recipe, random_interpolation=data.random_interpolation),
            crop_size=data.crop_size,
            batch_size=data.batch_size,
            steps_per_epoch=training.steps_per_epoch,
            seed=training.seed,
            workers=data.workers,
            use_multiprocessing=data.workers > 1,
            layers=layers,
        )
        if not validation.folder:
            return dataset, None
        return dataset, PictureSet(validation.folder, layouts[validation.layout])
    except (ValueError, OSError, UserError) as error:  # their messages name the file or folder
        raise ConfigError(error) from error


def build_model(training: Training) -> "keras.Model":
    """Return the `HOPMatting` of a preset with its initial weights."""
    from hop_tf import HOPMatting, load_imagenet_encoder

    width = {"width": training.width} if training.width else {}
    model = HOPMatting.from_preset(training.preset, load_weights=False, dtype=training.dtype, **width)
    if training.imagenet_encoder:
        load_imagenet_encoder(model, training.imagenet_encoder)
    if training.initial_weights:
        model.load_weights(training.initial_weights)
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
    experiment = read_config(args.config, args.overrides)  # errors appear before Keras is loaded
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
