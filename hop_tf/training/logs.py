"""What a training shows to people: a progress bar, a table, and scalars and pictures for TensorBoard."""

import csv
import math
import os
import sys
import time
from pathlib import Path

import keras
from tqdm import tqdm

COLUMNS = ("step", "loss", "learning_rate", "gradient_norm", "loss_scale", "skipped", "seconds")


class ProgressBar(keras.callbacks.Callback):
    """A bar over all steps with the time left, and a line for each epoch.

    Args:
        first_epoch, epochs, steps_per_epoch: ints, the epoch to begin with, how many there are, and their length.
    """

    def __init__(self, first_epoch, epochs, steps_per_epoch):
        super().__init__()
        self.first_epoch = first_epoch
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self._bar = None

    def on_train_begin(self, logs=None):
        done, total = (n * self.steps_per_epoch for n in (self.first_epoch, self.epochs))
        interval = 0.5 if sys.stderr.isatty() else 60  # seconds; a file is not to be filled with bars
        self._bar = tqdm(initial=done, total=total, unit="step", mininterval=interval)

    def on_train_batch_end(self, batch, logs=None):
        self._bar.set_postfix(loss=f"{logs['loss']:.4f}", refresh=False)
        self._bar.update()

    def on_epoch_end(self, epoch, logs=None):
        results = ", ".join(f"{name} {value:.4g}" for name, value in logs.items())
        self._bar.write(f"step {(epoch + 1) * self.steps_per_epoch}: {results}")

    def on_train_end(self, logs=None):
        if self._bar is not None:
            self._bar.close()


class CSVLog(keras.callbacks.Callback):
    """One row an epoch: the columns of `COLUMNS`, then scores, empty where there was no validation.

    `loss` is the mean of the epoch's steps, `gradient_norm` the moving average that clipping goes by, `loss_scale` that
    of mixed_float16 (else 1), `skipped` how many bad files the data set has passed over in this process, `seconds` the
    epoch's time. What it computes itself it also adds to the logs.

    Args:
        path: file to append to. Rows past `first_epoch`, which a killed run may have left, are dropped.
        first_epoch: int, number of epochs done.
        dataset: has `steps_per_epoch` and `skipped`, ints.
        scores: names of further columns.
    """

    def __init__(self, path, first_epoch, dataset, scores=()):
        super().__init__()
        self.path = Path(path)
        self.first_epoch = first_epoch
        self.dataset = dataset
        self.columns = [*COLUMNS, *scores]

    def on_train_begin(self, logs=None):
        kept, last = [], self.first_epoch * self.dataset.steps_per_epoch
        if self.path.exists():
            with self.path.open(newline="") as file:
                rows = csv.DictReader(file)
                kept = [{name: row.get(name) for name in self.columns} for row in rows if int(row["step"] or 0) <= last]
        aside = self.path.with_name("writing_" + self.path.name)
        with aside.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(kept)
        os.replace(aside, self.path)

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
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


class TensorBoardLog(keras.callbacks.Callback):
    """Writes the logs as scalars, and the validation's panels: photo, trimap, alpha and prediction side by side.

    Args:
        folder: where to.
        validation: `PictureScores` or None.

    Raises:
        ImportError: if TensorFlow or TensorBoard is not installed.
    """

    def __init__(self, folder, validation=None):
        super().__init__()
        try:
            import tensorboard  # noqa: F401
            import tensorflow as tf
        except ImportError:
            raise ImportError(
                "training.tensorboard needs TensorFlow and TensorBoard: pip install tensorboard"
            ) from None
        self._summary = tf.summary
        self._writer = tf.summary.create_file_writer(str(folder))
        self.validation = validation

    def on_epoch_end(self, epoch, logs=None):
        step = int(logs["step"])
        with self._writer.as_default(step=step):
            for name, value in logs.items():
                if name != "step" and math.isfinite(value):
                    self._summary.scalar(name, value)
            if self.validation and any(name.startswith("val_") for name in logs):
                for index, panel in enumerate(self.validation.panels):
                    self._summary.image(f"photo, trimap, alpha, prediction/{index}", panel[None])
        self._writer.flush()
