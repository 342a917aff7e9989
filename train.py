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
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.cli.arguments import OneLineParser, exit_code
from hop_tf.cli.output import check_output_folder
from hop_tf.errors import UserError, first_line, install_hint
from hop_tf.training.config import ConfigError
from hop_tf.training.settings import (
    Data,
    Experiment,
    Loss,
    Optimizer,
    Training,
    Validation,
    missing_files,
    read_config,
    test_set,
)

if TYPE_CHECKING:
    import keras

    from hop_tf.datasets.loader import MattingDataset
    from hop_tf.evaluation.reading import PictureSet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # TensorFlow enables oneDNN only on CPUs with AVX512-VNNI or AMX


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
        check_can_resume(experiment, output)
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


def check_can_resume(experiment: Experiment, output: Path) -> None:
    """Raise `ConfigError` if the output folder holds the training of another network, or checkpoints that do not fit.

    A checkpoint holds the average of the weights, if there is one, and the loss scale of `mixed_float16`.
    """
    from hop_tf.training.checkpoints import LATEST, PREVIOUS

    path = output / "experiment.json"
    if not path.exists():
        return
    now = dataclasses.asdict(experiment)
    # {(table, key): function of its value whose result must not change}
    fixed: dict[tuple[str, str], Callable] = {("training", "preset"): str, ("training", "width"): float}
    if any((output / name).exists() for name in (LATEST, PREVIOUS)):
        fixed |= {("optimizer", "ema"): bool, ("training", "dtype"): lambda dtype: dtype == "mixed_float16"}
    try:
        before = json.loads(path.read_text())
        differ = [
            (table, key) for (table, key), part in fixed.items() if part(before[table][key]) != part(now[table][key])
        ]
    except (ValueError, LookupError, TypeError) as error:
        raise ConfigError(f"{path}: is damaged; choose another folder with --output") from error
    if differ:
        there, here = (", ".join(f"{key} {values[table][key]}" for table, key in differ) for values in (before, now))
        raise ConfigError(f"{output}: holds a training with {there}, not {here}; choose another folder with --output")


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
        help="override a key of the config, repeatable; hop_tf/training/settings.py lists all keys",
    )
    parser.add_argument("-o", "--output", help="folder for checkpoints and logs (default: runs/NAME_OF_CONFIG)")
    args = parser.parse_args()
    output = Path(args.output or Path("runs") / Path(args.config).stem)
    experiment = read_config(args.config, args.overrides, check_files=True)  # errors appear before Keras is loaded
    check_output_folder(output, [])
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
