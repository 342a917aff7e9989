"""Checkpoints that survive a kill at any moment: written aside, renamed, the one before kept."""

import json
import os
import warnings
from pathlib import Path

import h5py
import keras

from hop_tf.errors import UserError

LATEST, PREVIOUS, DAMAGED = "latest.weights.h5", "previous.weights.h5", "damaged.weights.h5"
STATE = "hop_tf_state"  # HDF5 attribute, written last: a file that has it is whole


class CheckpointError(UserError):
    """There are checkpoints but none can be used. The message is one line."""


class Checkpoints(keras.callbacks.Callback):
    """Saves after each epoch all that training goes on from.

    That is the weights, with BatchNorm's statistics and the vectors of spectral normalisation, all variables of the
    optimizer, with its moments, its averages and the loss scale, and the number of epochs done, from which the data
    position follows.

    Args:
        folder: where to.
    """

    def __init__(self, folder):
        super().__init__()
        self.folder = Path(folder)

    def on_epoch_end(self, epoch, logs=None):
        latest = self.folder / LATEST
        aside = save_aside(self.model, latest, {"epoch": epoch + 1})
        if latest.exists():
            os.replace(latest, self.folder / PREVIOUS)
        os.replace(aside, latest)

    def restore(self, model):
        """Loads the last whole checkpoint into a compiled model with a built optimizer.

        Returns:
            int, the number of epochs done; 0 if there is no checkpoint.

        Raises:
            CheckpointError: if there are checkpoints, but all are damaged or belong to another network or optimizer.
        """
        problems = []
        for name in (LATEST, PREVIOUS):
            path = self.folder / name
            if not path.exists():
                continue
            try:
                epoch = read_state(path)["epoch"]
                _load_all(model, path)
            except (OSError, KeyError, ValueError, RuntimeError, Warning) as error:
                reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
                problems.append(f"{path}: {reason}")
                continue
            if problems:
                warnings.warn(f"A damaged checkpoint is passed over: {problems[0]}. Going on from {path}", stacklevel=2)
                os.replace(self.folder / LATEST, self.folder / DAMAGED)  # or it would become the previous one
            return epoch
        if problems:
            raise CheckpointError(
                f"no checkpoint can be used; choose another output folder or remove them. {'; '.join(problems)}"
            )
        return 0


def save_aside(model, path, state=None):
    """Saves weights beside `path`, with `state`, a dict for JSON or None, as an attribute.

    Returns:
        `Path` of the file, on the disk for good, to be renamed to `path`.
    """
    aside = Path(path).with_name("writing_" + Path(path).name)
    model.save_weights(aside, overwrite=True)
    with h5py.File(aside, "a") as file:
        file.attrs[STATE] = json.dumps(state or {})
    with open(aside, "rb") as file:
        os.fsync(file.fileno())
    return aside


def read_state(path):
    """The state that `save_aside` stored; raises `OSError` on a truncated file and `KeyError` without a state."""
    with h5py.File(path) as file:
        if STATE not in file.attrs:
            raise KeyError("not a checkpoint to go on from, but weights; name it as training.initial_weights")
        return json.loads(file.attrs[STATE])


def _load_all(model, path):
    with warnings.catch_warnings():  # Keras warns only, and leaves an optimizer that does not fit as it was
        warnings.filterwarnings("error", message="Skipping variable loading")
        model.load_weights(path)
