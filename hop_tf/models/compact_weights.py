import os
from pathlib import Path

import h5py
import numpy as np


def save_compact_weights(model, path):
    """Saves weights with kernels in float16: half the size, for distribution. `load_weights` reads them as they are.

    Vectors and scalars, such as BatchNorm's variances, stay float32, and the optimizer is left out. The file is
    written aside and renamed.

    Args:
        model: `HOPMatting`; it is not changed.
        path: where to, ending in `.weights.h5`.
    """
    path = Path(path)
    aside = path.with_name("writing_" + path.name)
    try:
        model.save_weights(aside, overwrite=True)
        with h5py.File(aside) as full, h5py.File(path.with_name("compact_" + path.name), "w") as compact:
            _copy(full, compact)
    finally:
        aside.unlink(missing_ok=True)
    os.replace(path.with_name("compact_" + path.name), path)


def _copy(source, target):
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            if source.name != "/" or name != "optimizer":
                _copy(item, target.create_group(name))
        else:
            values = item[()]
            target[name] = values.astype(np.float16) if values.ndim > 1 else values
            target[name].attrs.update(item.attrs)
