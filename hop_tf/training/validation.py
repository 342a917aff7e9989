"""Scores of whole pictures during training."""

import os
from pathlib import Path

import keras
import numpy as np

from hop_tf.evaluation import metrics
from hop_tf.inference.predictor import Predictor
from hop_tf.training.checkpoints import read_state, save_aside

SCORES = {
    "SAD": metrics.sad,
    "MSE": metrics.mse,
    "Grad": metrics.gradient_error,
    "Conn": metrics.connectivity_error,
}
BEST = "best.weights.h5"


class PictureScores(keras.callbacks.Callback):
    """Scores a set of pictures every few epochs with a network as it would be shipped, and keeps the best one.

    Adds `val_SAD` and so on, means over the pictures, to the logs, for the callbacks that come after it.

    Args:
        pictures: sequence of (name, photo, trimap, alpha), as `hop_tf.evaluation.reading.PictureSet`.
        network: `HOPMatting` of the kind that is trained; its weights are overwritten.
        every: int, epochs from one validation to the next.
        names: sequence of keys of `SCORES`; the lowest of the first is the best.
        folder: where `best.weights.h5` goes; None keeps none.
        panels: int, pictures of which `self.panels` keeps photo, trimap, alpha and prediction.
    """

    def __init__(self, pictures, network, every=1, names=("SAD", "MSE"), folder=None, panels=4):
        super().__init__()
        self.pictures = pictures
        self.network = network
        self.every = every
        self.names = tuple(names)
        self.columns = tuple(f"val_{name}" for name in names)
        self.best_path = Path(folder) / BEST if folder else None
        self.panels = []
        self._panel_count = panels
        self._best = read_state(self.best_path)["score"] if folder and self.best_path.exists() else float("inf")

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every:
            return
        copy_shipped_weights(self.model, self.network)
        means = self.score()
        logs.update({f"val_{name}": mean for name, mean in means.items()})
        score = means[self.names[0]]
        if score < self._best and self.best_path:
            os.replace(save_aside(self.network, self.best_path, {"score": score, "epoch": epoch + 1}), self.best_path)
            self._best = score

    def score(self):
        """Mean scores of the network as it is: dict of name to float."""
        predictor, rows, self.panels = Predictor(self.network), [], []
        for _, photo, trimap, alpha in (self.pictures[i] for i in range(len(self.pictures))):
            predicted = np.rint(predictor.predict(photo, trimap) * 255).astype(np.uint8)
            rows.append([SCORES[name](predicted, alpha, trimap) for name in self.names])
            if len(self.panels) < self._panel_count:
                grey = (np.repeat(plane[..., None], 3, axis=2) for plane in (trimap, alpha, predicted))
                self.panels.append(np.concatenate([photo, *grey], axis=1))
        return dict(zip(self.names, np.mean(rows, axis=0).tolist(), strict=True))


def copy_shipped_weights(model, network):
    """Copies the weights of a model in training: their moving average, if its optimizer keeps one."""
    network.set_weights(model.get_weights())
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if optimizer.use_ema:
        for variable, average in zip(network.trainable_variables, optimizer.weights_average, strict=True):
            variable.assign(keras.ops.convert_to_numpy(average))
