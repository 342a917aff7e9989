"""What ends a training before it spoils its checkpoints."""

import keras
import numpy as np

from hop_tf.errors import UserError


class NotFiniteError(UserError):
    """The loss or a weight is not finite. The message is one line: the step, and the samples that led there."""


class StopWhenNotFinite(keras.callbacks.Callback):
    """Ends training at the first loss that is not finite, before anything is saved.

    Args:
        dataset: has `steps_per_epoch` and `batch_size`, ints.
        seed: int, of the samples; with the epoch and a sample's index it names a sample.
    """

    def __init__(self, dataset, seed):
        super().__init__()
        self.dataset = dataset
        self.seed = seed

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        # Keras gives the mean of the epoch so far, which turns with the first loss that is not finite.
        if not np.isfinite(logs["loss"]):
            step = self.epoch * self.dataset.steps_per_epoch + batch + 1
            first = batch * self.dataset.batch_size
            raise NotFiniteError(
                f"the loss is {logs['loss']} at step {step}, on samples {first} to "
                f"{first + self.dataset.batch_size - 1} of epoch {self.epoch} under seed {self.seed}; "
                "the last checkpoint is kept"
            )

    def on_epoch_end(self, epoch, logs=None):
        # A gradient that is not finite shows in the weights at once, but in the loss one step later.
        for weight in self.model.weights:
            if not np.isfinite(weight.numpy()).all():
                step = (epoch + 1) * self.dataset.steps_per_epoch
                raise NotFiniteError(
                    f"{weight.path} is not finite after step {step}, the last of epoch {epoch} under seed "
                    f"{self.seed}; the last checkpoint is kept"
                )
