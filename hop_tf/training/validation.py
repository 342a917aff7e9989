"""Scores of whole pictures during training."""

import sys
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import keras
import numpy as np

from hop_tf.errors import first_line
from hop_tf.evaluation.scoring import PredictedMatte, mean_scores, score_predictor
from hop_tf.inference.predictor import Predictor
from hop_tf.training.checkpoints import read_state, save_weights

BEST = "best.weights.h5"


class PictureScores(keras.callbacks.Callback):
    """Score a set of pictures every few epochs with the network as it would be shipped, and keep the best one.

    Adds the means over the pictures, `val_SAD` and so on, to the logs for the callbacks that follow.

    Args:
        pictures: tuples of name, photo, trimap and true alpha, such as `hop_tf.evaluation.reading.PictureSet`.
        network: a network like the one in training; its weights are overwritten.
        every: epochs from one validation to the next.
        names: keys of `hop_tf.evaluation.metrics.MEASURES`; the lowest score of the first is the best.
        folder: output folder for `best.weights.h5`; `None` keeps no weights. A file that is there is the best so far;
            if it was chosen by another measure or on other pictures, it is scored again.
        panels: number of pictures whose photo, trimap, alpha and prediction are kept in `self.panels`.
        source: where the pictures come from, to tell whether they changed.
        before_first_step: whether to score the initial weights too, as epoch 0, which then can be the best.
    """

    def __init__(
        self,
        pictures: Sequence,
        network: keras.Model,
        every: int = 1,
        names: Sequence[str] = ("SAD", "MSE"),
        folder: str | PathLike | None = None,
        panels: int = 4,
        source: str = "",
        before_first_step: bool = False,
    ):
        super().__init__()
        self.pictures = pictures
        self.network = network
        self.every = every
        self.names = tuple(names)
        self.columns = tuple(f"val_{name}" for name in names)
        self.best_path = Path(folder) / BEST if folder else None
        self.panels: list[np.ndarray] = []
        self._panel_count = panels
        self._chosen_by = {"measure": self.names[0], "pictures": source}
        self._before_first_step = before_first_step
        self._best = self._score_of_best()

    def on_train_begin(self, logs: dict | None = None) -> None:
        if self._before_first_step:
            self.network.set_weights(self.model.get_weights())  # a moving average is still empty
            means = self._score_and_keep_best(0)
            if logs is not None:  # Keras hands the same dictionary to the callbacks that follow
                logs.update(means)
            print("step 0, the initial weights:", ", ".join(f"{name} {mean:.4g}" for name, mean in means.items()))

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        if (epoch + 1) % self.every:
            return
        copy_shipped_weights(self.model, self.network)
        logs.update(self._score_and_keep_best(epoch + 1))

    def _score_and_keep_best(self, epoch):
        means = self.score()
        score = means[self.names[0]]
        if score < self._best and self.best_path:
            save_weights(self.network, self.best_path, {"score": score, "epoch": epoch, **self._chosen_by})
            self._best = score
        return {f"val_{name}": mean for name, mean in means.items()}

    def _score_of_best(self):
        """Return the score of the best weights so far, infinite if there are none."""
        if not (self.best_path and self.best_path.exists()):
            return float("inf")
        try:
            state = read_state(self.best_path)
            if {name: state.get(name) for name in self._chosen_by} == self._chosen_by:
                return state["score"]
            self.network.load_weights(self.best_path)
        except (OSError, KeyError, ValueError) as error:
            print(
                f"warning: {self.best_path} cannot be used and will be replaced ({first_line(error)})", file=sys.stderr
            )
            return float("inf")
        score = self.score()[self.names[0]]
        print(f"{self.best_path}: chosen by other scores; its {self.names[0]} now is {score:.4g}")
        save_weights(self.network, self.best_path, {**state, "score": score, **self._chosen_by})
        return score

    def score(self) -> dict[str, float]:
        """Return the mean scores of the network with its present weights."""
        rows, self.panels = [], []
        for matte, scores, _ in score_predictor(Predictor(self.network).predict, self.pictures, self.names):
            rows.append(scores)
            if len(self.panels) < self._panel_count:
                self.panels.append(_panel(matte))
        return mean_scores(rows)


def copy_shipped_weights(model: keras.Model, network: keras.Model) -> None:
    """Copy the weights of a model in training, or their moving average if its optimizer keeps one, to `network`."""
    network.set_weights(model.get_weights())
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if optimizer.use_ema:
        for variable, average in zip(network.trainable_variables, optimizer.weights_average, strict=True):
            variable.assign(keras.ops.convert_to_numpy(average))


def _panel(matte: PredictedMatte) -> np.ndarray:
    """Photo, trimap, alpha and prediction side by side: uint8 `[height, 4 * width, 3]`."""
    planes = (np.repeat(plane[..., None], 3, axis=2) for plane in (matte.trimap, matte.alpha, matte.matte))
    return np.concatenate([matte.photo, *planes], axis=1)
