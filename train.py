"""Trains a matting network: one TOML file is one experiment.

    python train.py configs/smoke.toml
    python train.py configs/hop_s_9x9.toml --set data.foregrounds=cutouts/ --set data.backgrounds=photos/

Run it again with the same output folder and it goes on from the last checkpoint.
"""

import argparse
import dataclasses
import difflib
import gc
import json
import os
import sys
import tomllib
from pathlib import Path

from hop_tf.errors import UserError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # TensorFlow's default only where the CPU has AVX512-VNNI or AMX


@dataclasses.dataclass
class Training:
    preset: str = "hop_s_9x9"
    width: float = 0.0  # multiplies all channel counts; 0: as the preset has it
    initial_weights: str = ""  # file to start from; none: at random
    imagenet_encoder: str = ""  # PyTorch checkpoint of a ResNet-34-D for the opacity encoder; none: at random
    dtype: str = "float32"  # or mixed_float16 (GPU), mixed_bfloat16 (CPU with AMX or AVX512-BF16)
    distribution: str = "none"  # several GPUs: mirrored, multi_worker (TensorFlow) or data_parallel (JAX)
    steps: int = 10_000
    steps_per_epoch: int = 500  # after each epoch a checkpoint and a line in log.csv
    seed: int = 0
    statistics_batches: int = 0  # from which BatchNorm's statistics are taken anew at the end; 0: kept
    tensorboard: bool = False


@dataclasses.dataclass
class Data:
    foregrounds: str = ""  # folder of cut-outs; none: drawn foregrounds alone
    layout: str = "auto"  # of that folder: cutouts, folders or adobe
    backgrounds: str = ""  # folder of photos; none: generated textures
    recipe: str = "open"  # or paper: the published augmentation, for large foregrounds
    random_interpolation: bool = True  # RI of Table 2
    crop_size: int = 192
    batch_size: int = 8  # over all devices
    workers: int = 1  # processes that make batches; 1: a thread of this one


@dataclasses.dataclass
class Loss:  # weights of its parts, all over unknown pixels
    absolute: float = 1.0  # Eq. 5
    laplacian: float = 0.0
    composition: float = 0.0
    gradient: float = 0.0


@dataclasses.dataclass
class Optimizer:
    learning_rate: float = 6.4e-4  # after the warm-up; then a cosine falls to 0
    warmup_steps: int = 200
    beta_1: float = 0.5
    beta_2: float = 0.999
    clip_factor: float = 2.0  # gradients are clipped at this many times the moving average of their norm; 0: not
    clip_norm: float = 0.0  # or at this norm; 0: by clip_factor
    ema: float = 0.0  # momentum of a moving average of the weights, which is what is shipped then; 0: none


@dataclasses.dataclass
class Validation:
    folder: str = ""  # pictures to score; none: no validation
    layout: str = "folders"  # image, trimap, alpha; or composition_1k, alphamatting
    every: int = 500  # steps, a multiple of training.steps_per_epoch
    scores: list = dataclasses.field(default_factory=lambda: ["SAD", "MSE"])  # and Grad, Conn; the first picks the best


TABLES = {"training": Training, "data": Data, "loss": Loss, "optimizer": Optimizer, "validation": Validation}


class ConfigError(UserError):
    """The experiment is not as it should be. The message is one line."""


def read_config(path, overrides):
    """Reads an experiment.

    Args:
        path: TOML file with the tables of `TABLES`; what it leaves out keeps its default.
        overrides: list of `"table.key=value"`, the value as in TOML or a bare string.

    Returns:
        dict of table name to `Training`, `Data` and so on.
    """
    try:
        config = tomllib.loads(Path(path).read_text())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no TOML ({error})") from error
    for override in overrides:
        key, equals, value = override.partition("=")
        table, dot, name = key.strip().partition(".")
        if not (equals and dot):
            raise ConfigError(f"--set {override}: expected TABLE.KEY=VALUE, such as optimizer.learning_rate=1e-4")
        try:
            value = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            value = value.strip()
        config.setdefault(table, {})[name] = value
    experiment = {table: kind() for table, kind in TABLES.items()}
    for table, values in config.items():
        check_known(table, TABLES, "table")
        for name, value in values.items() if isinstance(values, dict) else [(values, None)]:
            check_known(name, vars(experiment[table]), f"key of [{table}]")
            kind = type(getattr(experiment[table], name))
            if kind is float and type(value) is int:
                value = float(value)
            if type(value) is not kind:
                raise ConfigError(f"{table}.{name} must be of type {kind.__name__}, not {value!r}")
            setattr(experiment[table], name, value)
    training, validation = experiment["training"], experiment["validation"]
    for name, steps in {"training.steps": training.steps, "validation.every": validation.every}.items():
        if (name == "training.steps" or validation.folder) and (steps < 1 or steps % training.steps_per_epoch):
            raise ConfigError(f"{name} must be a multiple of training.steps_per_epoch, {training.steps_per_epoch}")
    if not 0 <= experiment["optimizer"].warmup_steps < training.steps:
        limits = f"less than training.steps, {training.steps}, and not negative"
        raise ConfigError(f"optimizer.warmup_steps must be {limits}")
    if training.statistics_batches < 0:
        raise ConfigError(f"training.statistics_batches must be 0 or more, not {training.statistics_batches}")
    return experiment


def check_known(name, known, what):
    if name not in known:
        nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0)
        raise ConfigError(f"unknown {what}: {name}. Did you mean {nearest[0]}?")


def train(experiment, output):
    """Trains, or goes on with a training, and leaves in `output` what docs/training.md lists.

    Args:
        experiment: what `read_config` returns.
        output: `Path` of a folder, made if it does not exist.
    """
    import keras

    from hop_tf.training.batch_norm_statistics import renew_statistics
    from hop_tf.training.checkpoints import Checkpoints, save_aside
    from hop_tf.training.distribution import Distribution
    from hop_tf.training.logs import CSVLog, ProgressBar, TensorBoardLog
    from hop_tf.training.nan_guard import StopWhenNotFinite
    from hop_tf.training.validation import PictureScores, copy_shipped_weights

    training, validation = experiment["training"], experiment["validation"]
    keras.utils.set_random_seed(training.seed)
    for kind, folder in vars(experiment["data"]).items():
        if kind in ("foregrounds", "backgrounds"):
            print(f"{kind}: {folder or 'none given, made on the fly'}")
    dataset, pictures = open_data(training, experiment["data"], validation, layers=experiment["loss"].composition > 0)

    # === The model, or its last checkpoint ===
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
    network = model.from_config(model.get_config())  # gets the weights that are scored and shipped
    model = distribution.prepare(model)
    with distribution.scope():
        compile_model(model, training, experiment["optimizer"], experiment["loss"])
    checkpoints = Checkpoints(output)
    first_epoch = checkpoints.restore(model) if distribution.is_chief else 0
    first_epoch = distribution.take_from_chief(first_epoch, [*model.weights, *model.optimizer.variables])
    epochs = training.steps // training.steps_per_epoch
    if first_epoch >= epochs and (not distribution.is_chief or (output / "final.weights.h5").exists()):
        print(f"{output}: {training.steps} steps are done already")
        distribution.wait()
        return
    if first_epoch and distribution.is_chief:
        print(f"{output}: going on after step {first_epoch * training.steps_per_epoch}")

    # === What happens around the steps, in this order ===
    every = validation.every // training.steps_per_epoch
    scores = PictureScores(pictures, network, every, validation.scores, output) if pictures else None
    bar = ProgressBar(first_epoch, epochs, training.steps_per_epoch)
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: setattr(dataset, "epoch", epoch)),
        StopWhenNotFinite(dataset, training.seed),
    ]
    if distribution.is_chief:
        callbacks += [
            *([scores] if scores else []),
            bar,
            CSVLog(output / "log.csv", first_epoch, dataset, scores.columns if scores else ()),
            *([TensorBoardLog(output / "tensorboard", scores)] if training.tensorboard else []),
            checkpoints,
        ]
        output.mkdir(parents=True, exist_ok=True)
        (output / "experiment.json").write_text(json.dumps(experiment, indent=2, default=vars) + "\n")

    # === Training ===
    try:
        model.fit(
            dataset,
            initial_epoch=first_epoch,
            epochs=epochs,
            shuffle=False,  # or Keras would draw the order of batches from a state that no checkpoint holds
            callbacks=callbacks,
            verbose=0,  # the bar is over the whole training, not an epoch
        )
    finally:
        bar.on_train_end()  # Keras leaves this out after an exception
    if distribution.is_chief:
        copy_shipped_weights(model, network)
        if training.statistics_batches:
            dataset.epoch = epochs  # samples that training has not seen
            renew_statistics(network, dataset, training.statistics_batches)
        os.replace(save_aside(network, output / "final.weights.h5"), output / "final.weights.h5")
        print(f"wrote {output / 'final.weights.h5'}")
    distribution.wait()


def check_same_network(training, output):
    """Refuses to go on in the folder of another network's training."""
    if (output / "experiment.json").exists():
        before = json.loads((output / "experiment.json").read_text())["training"]
        for name in ("preset", "width"):
            if before[name] != getattr(training, name):
                raise ConfigError(
                    f"{output}: holds a training with {name} {before[name]}, not {getattr(training, name)}; "
                    "choose another folder with --output"
                )


def open_data(training, data, validation, layers=False):
    """The training samples, with foreground and background where `layers`, and the pictures to score or None."""
    from hop_tf.datasets.loader import MattingDataset
    from hop_tf.datasets.recipes import RECIPES, make_recipe
    from hop_tf.evaluation.reading import PictureSet
    from hop_tf.training.validation import SCORES

    layouts = {"folders": "folder", "composition_1k": "composition-1k", "alphamatting": "alphamatting"}
    check_known(data.recipe, RECIPES, "data.recipe")
    check_known(validation.layout, layouts, "validation.layout")
    for name in validation.scores:
        check_known(name, SCORES, "score")
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
    except (ValueError, OSError, UserError) as error:  # these name the file or folder
        raise ConfigError(error) from error


def build_model(training):
    """`HOPMatting` with the weights that training starts from."""
    from hop_tf import HOPMatting, load_imagenet_encoder

    width = {"width": training.width} if training.width else {}
    model = HOPMatting.from_preset(training.preset, load_weights=False, dtype=training.dtype, **width)
    if training.imagenet_encoder:
        load_imagenet_encoder(model, training.imagenet_encoder)
    if training.initial_weights:
        model.load_weights(training.initial_weights)
    return model


def compile_model(model, training, optimizer, loss):
    """Gives the model its loss, and its optimizer with all variables built, for a checkpoint to fill."""
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("config", help="TOML file, such as configs/hop_s_9x9.toml")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="TABLE.KEY=VALUE",
        dest="overrides",
        help="override a key of the config; may be given several times. The top of train.py lists them all",
    )
    parser.add_argument("-o", "--output", help="folder for checkpoints and log (default: runs/NAME_OF_CONFIG)")
    args = parser.parse_args()
    output = Path(args.output or Path("runs") / Path(args.config).stem)
    try:
        experiment = read_config(args.config, args.overrides)
    except ConfigError as error:  # said before Keras is loaded
        return fail(error)

    from hop_tf.training.checkpoints import CheckpointError
    from hop_tf.training.nan_guard import NotFiniteError
    from hop_tf.training.workers import WorkerLostError

    try:
        train(experiment, output)
    except (ConfigError, CheckpointError, NotFiniteError, WorkerLostError) as error:
        code = fail(error)
    except KeyboardInterrupt:
        print(f"interrupted; the same command goes on from the last checkpoint in {output}", file=sys.stderr)
        code = 130
    else:
        code = 0
    gc.collect()  # ends TensorFlow's threads that make batches, which would abort Python's exit
    return code


def fail(error):
    print(f"error: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
