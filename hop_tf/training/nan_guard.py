"""A guard that ends a training before infinite or undefined numbers reach its checkpoints."""

from typing import Protocol

import keras
import numpy as np

from hop_tf.errors import UserError


class NotFiniteError(UserError):
    """The loss or a weight is not finite. The message names the step and the samples that led there."""


class Batches(Protocol):
    """The attributes of a dataset that name a sample."""

    steps_per_epoch: int
    batch_size: int


class StopWhenNotFinite(keras.callbacks.Callback):
    """End the training at the first loss that is not finite, before anything is saved.

    Keras' `TerminateOnNaN` lets the epoch end normally, so the checkpoint would be overwritten.

    Args:
        dataset: the training samples.
        seed: seed of the samples; with the epoch and the index it identifies a sample.
    """

    def __init__(self, dataset: Batches, seed: int):
        super().__init__()
        self.dataset = dataset
        self.seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        # Keras logs the mean over the epoch so far, which is not finite from the first such loss on.
        if not np.isfinite(logs["loss"]):
            step = self.epoch * self.dataset.steps_per_epoch + batch + 1
            first = batch * self.dataset.batch_size
            raise NotFiniteError(
                f"the loss is {logs['loss']} at step {step}, on samples {first} to "
                f"{first + self.dataset.batch_size - 1} of epoch {self.epoch} under seed {self.seed}; "
                "the last checkpoint is kept"
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        # A gradient that is not finite shows in the weights at once, in the loss only one step later.
        for weight in self.model.weights:
            if not np.isfinite(weight.numpy()).all():
                step = (epoch + 1) * self.dataset.steps_per_epoch
                raise NotFiniteError(
                    f"{weight.path} is not finite after step {step}, the last of epoch {epoch} under seed "
                    f"{self.seed}; the last checkpoint is kept"
                )
