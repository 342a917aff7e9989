"""Weights of the whole network, drawn from the names of its parameters: no checkpoint needs to be stored."""

import functools
import json
import zlib

import numpy as np

from helpers.goldens import DATA


@functools.cache
def drawn_checkpoint():
    """Return a dict of the parameter names of the released hop_9x9 checkpoint, in their order, to drawn arrays.

    It takes seconds to draw and is shared: copy it before changing it.
    """
    names = json.loads((DATA / "goldens/network/state_dict_keys_9x9.json").read_text())
    arrays = {name: _draw(name, tuple(shape)) for name, shape in names}
    for name in [name for name in arrays if name.endswith("weight_bar")]:
        u, v = name.replace("weight_bar", "weight_u"), name.replace("weight_bar", "weight_v")
        arrays[u], arrays[v] = _singular_vectors(arrays[name], arrays[u])
    return arrays


def _draw(name, shape):
    noise = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)
    noise = np.asarray(noise, np.float32)
    kind = name.rpartition(".")[2]
    if kind == "num_batches_tracked":
        return np.zeros(shape, np.int64)
    if kind in ("weight_u", "weight_v"):
        return noise / np.linalg.norm(noise)
    if kind == "running_var":
        return 1 + np.float32(0.2) * np.abs(noise)
    if kind == "scale":
        return 1 + np.float32(0.5) * np.abs(noise)
    if kind in ("bias", "running_mean"):
        return np.float32(0.1) * noise
    if kind == "weight" and len(shape) == 1:
        return 1 + np.float32(0.1) * noise
    return noise * np.float32(np.sqrt(2 / np.prod(shape[1:])))


def _singular_vectors(kernel, u):
    matrix = kernel.reshape(len(kernel), -1).astype(np.float64)
    u = u.astype(np.float64)
    for _ in range(30):
        v = matrix.T @ u
        v /= np.linalg.norm(v)
        u = matrix @ v
        u /= np.linalg.norm(u)
    return u.astype(np.float32), v.astype(np.float32)
