"""Weights files that store the arguments of their network."""

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from hop_tf.pictures.atomic_write import atomic_write

if TYPE_CHECKING:
    from hop_tf.models.hop_matting import HOPMatting

CONFIG = "hop_matting"  # attribute of the HDF5 file: the arguments of the network, as JSON


def save_weights_file(model: "HOPMatting", path: str | os.PathLike, half: bool = False) -> None:
    """Save a network's weights, without its optimizer, and its arguments.

    `keras.Model.load_weights` reads the file like any other.

    Args:
        model: `HOPMatting`; not changed.
        path: file to write, ending in `.weights.h5`. It appears whole or not at all.
        half: bool, whether to store kernels in float16, for distribution. Vectors and scalars, such as BatchNorm's
            variances, stay float32.

    Raises:
        ValueError: if a kernel is too large for float16.
    """
    with atomic_write(path) as written_path, tempfile.TemporaryDirectory(dir=written_path.parent) as folder:
        full_path = Path(folder, "full.weights.h5")
        model.save_weights(full_path)
        with h5py.File(full_path) as full, h5py.File(written_path, "w") as written:
            _copy(full, written, half)
            written.attrs[CONFIG] = json.dumps(model.config)


def check_weights_file(path: str | os.PathLike, model: "HOPMatting") -> None:
    """Check that a weights file fits a network: Keras silently ignores extra weights.

    Args:
        path: `.weights.h5` file from `save_weights_file`, `keras.Model.save_weights` or a training checkpoint.
        model: `HOPMatting`.

    Raises:
        OSError: if it is not an HDF5 file.
        ValueError: if the file holds weights of other shapes, or stores the arguments of another network. Networks that
            differ only in their window have weights of the same shapes.
    """
    stored = []

    def collect(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("optimizer/"):
            stored.append(item.shape)

    with h5py.File(path) as file:
        file.visititems(collect)
        config = file.attrs.get(CONFIG)
    if sorted(stored) != sorted(tuple(weight.shape) for weight in model.weights):
        count = f"{len(stored)} arrays, not the {len(model.weights)}"
        found = count if len(stored) != len(model.weights) else "arrays of other shapes than those"
        raise ValueError(f"The file holds {found} of the network: {path}")
    if config is not None and json.loads(config) != model.config:
        other = {name: value for name, value in json.loads(config).items() if value != model.config.get(name)}
        raise ValueError(f"The weights belong to a network with {other}. Received: {path}")


def _copy(source, target, half):
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            if item.name != "/optimizer":
                _copy(item, target.create_group(name), half)
            continue
        values = item[()]
        if half and values.ndim > 1:
            if np.abs(values).max() > np.finfo(np.float16).max:
                raise ValueError(f"A kernel is too large for float16: {item.name}")
            values = values.astype(np.float16)
        target[name] = values
        target[name].attrs.update(item.attrs)
