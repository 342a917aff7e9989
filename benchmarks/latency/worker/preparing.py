"""What a child does before anything is measured: networks, their weights, pictures and exported files."""

import functools
import hashlib
import json
from pathlib import Path

import numpy as np

from hop_tf.export.errors import ExportError
from hop_tf.inference.formats import EXPORT_FORMATS

WITHOUT = "without_hop"


def networks(folder, preset, weights, windows):
    """Makes the networks of a report, and writes their weights where other processes can load them.

    Args:
        folder: to write to.
        preset: name of the first network.
        weights: path of its weights file; None for the preset's own, or random ones if it has none.
        windows: sides of the windows to compare: adds that network without HOP blocks, and with all of them at each
            window, with random weights.

    Returns:
        List of dicts: "name", "config" of `hop_tf.HOPMatting`, "weights" (path), "fingerprint" of both, "parameters"
        (trainable ones), "window" (side of the local blocks' window; 0 without HOP; None of a network not compared).

    Raises:
        UserError: as `load_model`, and if the weights are those of another kind of network.
    """
    import keras

    from hop_tf import HOPMatting, presets
    from hop_tf.cli.network_options import load_model

    keras.utils.set_random_seed(0)
    if weights is None and presets[preset]["weights"] is None:
        model = HOPMatting.from_preset(preset, load_weights=False, dtype="float32")
    else:
        model = load_model(weights and Path(weights), preset)
    if not isinstance(model, HOPMatting):
        raise ExportError(f"{weights}: not a network of hop_tf.HOPMatting, the only kind that is measured")
    configs = {}
    if windows:
        full = {**model.config, "global_hop": True, "local_hops": 3}
        configs[WITHOUT] = 0, {**full, "global_hop": False, "local_hops": 0}
        configs |= {f"window_{side}x{side}": (side, {**full, "window_size": side}) for side in windows}
    own = next((side for side, config in configs.values() if config == model.config), None)
    found = [_written(folder, preset, model, own)]
    for name, (side, config) in configs.items():
        if config != model.config:
            keras.utils.set_random_seed(0)
            found.append(_written(folder, name, HOPMatting(**config, dtype="float32", name=name), side))
    return found


def _written(folder, name, model, window):
    path = Path(folder) / f"{name}.weights.h5"
    model.save_weights(path)
    return {
        "name": name,
        "config": model.config,
        "weights": str(path),
        "fingerprint": fingerprint(model),
        "parameters": int(sum(np.prod(weight.shape) for weight in model.trainable_weights)),
        "window": window,
    }


def fingerprint(model):
    """Eight hexadecimal digits that are others for another network, or other weights."""
    digest = hashlib.sha256(json.dumps(model.config, sort_keys=True).encode())
    for array in model.get_weights():
        digest.update(array.tobytes())
    return digest.hexdigest()[:8]


@functools.lru_cache(maxsize=1)
def _model(name, config, weights, dtype):
    from hop_tf import HOPMatting

    model = HOPMatting(**json.loads(config), dtype=dtype, name=name)
    model.load_weights(weights)
    return model


def model_of(network, dtype="float32"):
    """The `HOPMatting` of one of `networks`, with a dtype policy."""
    return _model(network["name"], json.dumps(network["config"]), network["weights"], dtype)


def multiply_adds(network, size):
    """Those of one of `networks` for a photo of a size, as `count_multiply_adds`."""
    from hop_tf.benchmarks.latency.worker.multiply_adds import count_multiply_adds

    return count_multiply_adds(model_of(network), size)


def write_pictures(folder, size):
    """Writes `image.npy`, uint8 `[*size, 3]`, and `trimap.npy`, uint8 `[*size, 1]`, that every row runs on."""
    from hop_tf.export.samples import example_photo

    image, trimap = example_photo(size)
    np.save(Path(folder) / "image.npy", image)
    np.save(Path(folder) / "trimap.npy", trimap[..., None])


def export_file(network, format, precision, size, batch, path):
    """Writes the exported file `path` unless it is there, for photos of `size`, or any if that is None.

    It is not compared with Keras here: its row of the report does that.

    Raises:
        ExportError: if the export is not possible.
    """
    from hop_tf.export.engines.options import EngineOptions
    from hop_tf.export.exporter import export

    path = Path(path)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = EngineOptions() if format == "tensorrt" else None
        size = tuple(size) if size else None
        export(model_of(network), format, path, size, precision, batch, engine=engine, verify=False)


def file_name(network, format, precision, size, batch):
    """Where an exported file lies below the folder of files: the name tells networks, weights and sizes apart."""
    shape = f"{size[0]}x{size[1]}_batch{batch}" if size else "dynamic"
    folder = f"{network['name']}-{network['fingerprint']}"
    return f"{folder}/{shape}/{format}_{precision}{EXPORT_FORMATS[format].suffix}"
