"""Checkpoints that survive a kill at any moment.

Keras' `ModelCheckpoint` and `BackupAndRestore` overwrite their file in place, so a kill while they write leaves nothing
to resume from. Here a file is written beside the target, flushed to disk and renamed, and the previous checkpoint is
kept.
"""

import json
import os
import warnings
from os import PathLike
from pathlib import Path

import h5py
import keras

from hop_tf.errors import UserError, first_line
from hop_tf.models.hop_matting import HOPMatting
from hop_tf.models.weights_file import CONFIG

LATEST, PREVIOUS, DAMAGED = "latest.weights.h5", "previous.weights.h5", "damaged.weights.h5"
STATE = "hop_tf_state"  # HDF5 attribute, written last: a file that has it is complete


class CheckpointError(UserError):
    """Checkpoints exist but none can be used."""


class Checkpoints(keras.callbacks.Callback):
    """Save everything needed to resume, after each epoch.

    A checkpoint holds the weights with BatchNorm's statistics and the vectors of spectral normalisation, all variables
    of the optimizer (moments, averages, loss scale), and the number of finished epochs, which determines the next
    samples.

    Args:
        folder: output folder.
    """

    def __init__(self, folder: str | PathLike):
        super().__init__()
        self.folder = Path(folder)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        save_weights(self.model, self.folder / LATEST, {"epoch": epoch + 1}, keep_as=self.folder / PREVIOUS)

    def restore(self, model: keras.Model) -> int:
        """Load the last complete checkpoint into a compiled model with a built optimizer.

        Returns:
            The number of finished epochs; 0 if there is no checkpoint.

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
                problems.append(f"{path}: {first_line(error)}")
                continue
            if problems:
                warnings.warn(f"A damaged checkpoint is skipped: {problems[0]}. Resuming from {path}", stacklevel=2)
                os.replace(self.folder / LATEST, self.folder / DAMAGED)  # or it would become the previous one
            return epoch
        if problems:
            raise CheckpointError(
                f"no checkpoint can be used; choose another output folder or remove them. {'; '.join(problems)}"
            )
        return 0


def save_weights(
    model: keras.Model, path: str | PathLike, state: dict | None = None, keep_as: str | PathLike | None = None
) -> None:
    """Save weights atomically, with the arguments of a `HOPMatting`, so that they cannot be mistaken for others.

    Args:
        model: the model; if it is compiled, its optimizer is saved too.
        path: the `.weights.h5` file. A fixed temporary name beside it lets a later run overwrite what a kill leaves.
        state: content of the file's attribute `STATE`, encoded as JSON.
        keep_as: new name of the file that is at `path`; `None` replaces that file.
    """
    path = Path(path)
    temporary = path.with_name("writing_" + path.name)
    model.save_weights(temporary, overwrite=True)
    with h5py.File(temporary, "a") as file:
        if isinstance(model, HOPMatting):
            file.attrs[CONFIG] = json.dumps(model.config)
        file.attrs[STATE] = json.dumps(state or {})
    with open(temporary, "rb") as file:
        os.fsync(file.fileno())
    if keep_as is not None and path.exists():
        os.replace(path, keep_as)
    os.replace(temporary, path)


def read_state(path: str | PathLike) -> dict:
    """Return the state that `save_weights` stored.

    Raises:
        OSError: if the file is truncated.
        KeyError: if the file has no state.
    """
    with h5py.File(path) as file:
        if STATE not in file.attrs:
            raise KeyError("no checkpoint, only weights; pass the file as training.initial_weights")
        return json.loads(file.attrs[STATE])


def _load_all(model, path):
    with warnings.catch_warnings():  # Keras only warns, and leaves an optimizer that does not fit unchanged
        warnings.filterwarnings("error", message="Skipping variable loading")
        model.load_weights(path)
