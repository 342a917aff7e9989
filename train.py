"""Trains a matting network: one TOML file is one experiment.

    python train.py configs/hop_s_9x9.toml --set data.foregrounds=cutouts/ --set data.backgrounds=photos/

Run it again with the same output folder and it goes on from the last checkpoint.
"""

import argparse
import dataclasses
import difflib
import os
import tomllib
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@dataclasses.dataclass
class Data:
    foregrounds: str = ""  # folder of RGBA cut-outs; none: drawn foregrounds alone
    backgrounds: str = ""  # folder of photos; none: generated textures
    crop_size: int = 192
    batch_size: int = 8
    workers: int = 1


@dataclasses.dataclass
class Optimizer:
    learning_rate: float = 6.4e-4  # after the warm-up; then a cosine falls to 0
    warmup_steps: int = 200
    beta_1: float = 0.5
    beta_2: float = 0.999
    clip_norm: float = 1.0  # of the gradient over all weights


@dataclasses.dataclass
class Training:
    preset: str = "hop_s_9x9"
    initial_weights: str = ""  # file to start from; none: at random
    dtype: str = "float32"  # or mixed_float16 (GPU), mixed_bfloat16 (CPU with AMX or AVX512-BF16)
    steps: int = 10_000
    steps_per_epoch: int = 500  # a checkpoint is written after each
    seed: int = 0


SECTIONS = {"training": Training, "data": Data, "optimizer": Optimizer}


def read_config(path, overrides):
    """Reads an experiment.

    Args:
        path: TOML file with the tables of `SECTIONS`; what it leaves out keeps its default.
        overrides: list of `"table.key=value"`, the value as in TOML or a bare string.

    Returns:
        `Training`, `Data` and `Optimizer`.
    """
    with open(path, "rb") as file:
        config = tomllib.load(file)
    for override in overrides:
        key, _, value = override.partition("=")
        table, _, name = key.strip().partition(".")
        try:
            value = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            value = value.strip()
        config.setdefault(table, {})[name] = value
    sections = {table: section() for table, section in SECTIONS.items()}
    for table, values in config.items():
        _check_key(table, SECTIONS, "table")
        for name, value in values.items():
            _check_key(name, vars(sections[table]), f"key of [{table}]")
            kind = type(getattr(sections[table], name))
            if kind is float and type(value) is int:
                value = float(value)
            if type(value) is not kind:
                raise SystemExit(f"error: {table}.{name} must be of type {kind.__name__}, not {value!r}")
            setattr(sections[table], name, value)
    return sections["training"], sections["data"], sections["optimizer"]


def _check_key(name, known, what):
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)
        raise SystemExit(f"error: unknown {what}: {name}. Did you mean {nearest[0]}?")


def train(training, data, optimizer, output):
    """Trains and leaves `latest.weights.h5`, `log.csv` and, when done, `final.weights.h5` in `output`.

    Args:
        training, data, optimizer: the experiment.
        output: folder, made if it does not exist.
    """
    import keras

    from datasets.loader import MattingDataset
    from hop_tf import HOPMatting
    from hop_tf.callbacks import AtomicCheckpoint
    from hop_tf.losses import UnknownMeanAbsoluteError

    keras.utils.set_random_seed(training.seed)
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)

    model = HOPMatting.from_preset(training.preset, load_weights=False, dtype=training.dtype)
    if training.initial_weights:
        model.load_weights(training.initial_weights)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        training.steps - optimizer.warmup_steps,
        warmup_target=optimizer.learning_rate,
        warmup_steps=optimizer.warmup_steps,
    )
    model.compile(
        optimizer=keras.optimizers.Adam(
            schedule, optimizer.beta_1, optimizer.beta_2, global_clipnorm=optimizer.clip_norm
        ),
        loss=UnknownMeanAbsoluteError(),
        jit_compile=False,
    )

    latest = output / "latest.weights.h5"
    model.optimizer.build(model.trainable_variables)
    if latest.exists():
        model.load_weights(latest)
    epoch = int(model.optimizer.iterations) // training.steps_per_epoch
    dataset = MattingDataset(
        data.foregrounds or None,
        data.backgrounds or None,
        crop_size=data.crop_size,
        batch_size=data.batch_size,
        steps_per_epoch=training.steps_per_epoch,
        seed=training.seed,
        epoch=epoch,
        workers=data.workers,
    )
    model.fit(
        dataset,
        initial_epoch=epoch,
        epochs=training.steps // training.steps_per_epoch,
        callbacks=[
            keras.callbacks.CSVLogger(str(output / "log.csv"), append=True),
            AtomicCheckpoint(latest),
        ],
    )
    model.save_weights(output / "final.weights.h5")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("config", help="TOML file, such as configs/hop_s_9x9.toml")
    parser.add_argument("--set", action="append", default=[], metavar="TABLE.KEY=VALUE", dest="overrides")
    parser.add_argument("-o", "--output", help="folder for checkpoints and log (default: runs/NAME_OF_CONFIG)")
    args = parser.parse_args()
    training, data, optimizer = read_config(args.config, args.overrides)
    train(training, data, optimizer, args.output or Path("runs") / Path(args.config).stem)


if __name__ == "__main__":
    main()
