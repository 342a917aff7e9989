"""Logs of a training: a progress bar, a CSV file, and scalars and pictures for TensorBoard."""

import csv
import sys
import time
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Protocol

import keras
from tqdm import tqdm

from hop_tf.errors import UserError, install_hint
from hop_tf.pictures.atomic_write import atomic_write
from hop_tf.training.validation import PictureScores

COLUMNS = ("step", "loss", "learning_rate", "gradient_norm", "loss_scale", "skipped", "seconds")


class Progress(Protocol):
    """The attributes of a dataset that are logged."""

    steps_per_epoch: int
    skipped: int


class ProgressBar(keras.callbacks.Callback):
    """Show one bar over all steps of the training, unlike Keras' bar per epoch, and print a line for each epoch.

    Args:
        first_epoch: number of finished epochs.
        epochs: number of epochs in all.
        steps_per_epoch: length of an epoch.
    """

    def __init__(self, first_epoch: int, epochs: int, steps_per_epoch: int):
        super().__init__()
        self.first_epoch = first_epoch
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self._bar: tqdm = tqdm(disable=True)  # until the training begins

    def on_train_begin(self, logs: dict | None = None) -> None:
        done, total = (n * self.steps_per_epoch for n in (self.first_epoch, self.epochs))
        interval = 0.5 if sys.stderr.isatty() else 60  # seconds; keeps log files short
        self._bar = tqdm(initial=done, total=total, unit="step", mininterval=interval)

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        self._bar.set_postfix(loss=f"{logs['loss']:.4f}", refresh=False)
        self._bar.update()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        results = ", ".join(f"{name} {value:.4g}" for name, value in logs.items())
        self._bar.write(f"step {(epoch + 1) * self.steps_per_epoch}: {results}")

    def on_train_end(self, logs: dict | None = None) -> None:
        self._bar.close()


class CSVLog(keras.callbacks.Callback):
    """Write one row per epoch: `COLUMNS`, then scores, which are empty without validation.

    If there are scores before the first step, a row for step 0 holds only them.

    `loss` is the mean over the epoch's steps, `gradient_norm` the moving average that clipping uses, `loss_scale` the
    loss scale of mixed_float16 (otherwise 1), `skipped` the number of bad files skipped so far in this process and
    `seconds` the time of the epoch. The callback adds them to the logs too.

    Keras' `CSVLogger` appends to whatever a killed run left; this one drops torn rows and rows past the checkpoint.

    Args:
        path: the file.
        first_epoch: number of finished epochs; rows after them are dropped.
        dataset: the training samples.
        scores: names of further columns.
    """

    def __init__(self, path: str | PathLike, first_epoch: int, dataset: Progress, scores: Sequence[str] = ()):
        super().__init__()
        self.path = Path(path)
        self.first_epoch = first_epoch
        self.dataset = dataset
        self.columns = [*COLUMNS, *scores]

    def on_train_begin(self, logs: dict | None = None) -> None:
        kept, last = [], self.first_epoch * self.dataset.steps_per_epoch
        if self.path.exists():
            with self.path.open(newline="") as file:
                rows = csv.DictReader(file)
                kept = [{name: row.get(name) for name in self.columns} for row in rows if int(row["step"] or 0) <= last]
        with atomic_write(self.path) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            if logs:  # the scores before the first step
                writer.writerow({"step": 0, **{name: logs.get(name, "") for name in self.columns if name in logs}})
                kept = [row for row in kept if row["step"] != "0"]
            writer.writerows(kept)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._start = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        optimizer = self.model.optimizer
        adam = getattr(optimizer, "inner_optimizer", optimizer)
        logs["step"] = (epoch + 1) * self.dataset.steps_per_epoch
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(adam.learning_rate))
        logs["gradient_norm"] = float(adam.norm_average.numpy())
        logs["loss_scale"] = 1.0 if adam is optimizer else float(optimizer.dynamic_scale.numpy())
        logs["skipped"] = self.dataset.skipped
        logs["seconds"] = round(time.monotonic() - self._start, 3)
        with self.path.open("a", newline="") as file:
            csv.DictWriter(file, self.columns, restval="", extrasaction="ignore").writerow(logs)


class ValidationPanels(keras.callbacks.Callback):
    """Write the panels of `PictureScores` for TensorBoard: photo, trimap, alpha and prediction side by side.

    Args:
        folder: log folder.
        validation: the callback that makes the panels.
    """

    def __init__(self, folder: str | PathLike, validation: PictureScores):
        super().__init__()
        from tensorflow import summary

        self.validation = validation
        self._summary = summary
        self._writer = summary.create_file_writer(str(folder))

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        if not any(name.startswith("val_") for name in logs):
            return
        with self._writer.as_default(step=epoch):
            for index, panel in enumerate(self.validation.panels):
                self._summary.image(f"photo, trimap, alpha, prediction/{index}", panel[None])
        self._writer.flush()


def tensorboard_callbacks(
    folder: str | PathLike, validation: PictureScores | None = None
) -> list[keras.callbacks.Callback]:
    """Return the callbacks that write the logs, and the panels of `validation`, for TensorBoard.

    Raises:
        UserError: if TensorFlow or TensorBoard is not installed.
    """
    try:
        import tensorboard  # noqa: F401
        import tensorflow  # noqa: F401
    except ImportError as error:
        message = f"training.tensorboard needs TensorFlow and TensorBoard: {install_hint('train')}"
        raise UserError(message) from error
    folder = Path(folder)
    panels = [ValidationPanels(folder / "validation", validation)] if validation else []
    return [keras.callbacks.TensorBoard(folder, write_graph=False), *panels]
