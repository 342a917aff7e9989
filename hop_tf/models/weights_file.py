"""Weights files that know the network they belong to."""

import json
import tempfile
from pathlib import Path

import h5py
import numpy as np

from hop_tf.pictures.atomic_write import atomic_write

CONFIG = "hop_matting"  # attribute of the file: the arguments of the network, as JSON


def save_weights_file(model, path, half=False):
    """Saves a network's weights, without optimizer, and its arguments. `load_weights` reads the file as any other.

    Args:
        model: `HOPMatting`; it is not changed.
        path: where to, ending in `.weights.h5`. The file appears whole or not at all.
        half: bool, whether kernels are stored in float16, for distribution. Vectors and scalars, such as BatchNorm's
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


def check_weights_file(path, model):
    """Compares what a file holds with what a network needs: Keras passes over surplus weights without a word.

    Args:
        path: `.weights.h5` file, of `save_weights_file`, `keras.Model.save_weights` or a checkpoint of a training.
        model: `HOPMatting`.

    Raises:
        OSError: if the file is no HDF5 file.
        ValueError: if the file holds other weights, or says that it belongs to another network: one that differs in
            its window alone has weights of the same shapes.
    """
    stored = []

    def collect(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("optimizer/"):
            stored.append(item.shape)

    with h5py.File(path) as file:
        file.visititems(collect)
        config = file.attrs.get(CONFIG)
    if sorted(stored) != sorted(tuple(weight.shape) for weight in model.weights):
        raise ValueError(f"The file holds {len(stored)} arrays, not the {len(model.weights)} of the network: {path}")
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
