"""Networks, pictures and exported files, made in a worker before anything is measured."""

import dataclasses
import functools
import hashlib
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hop_tf.errors import UserError, first_line
from hop_tf.export.errors import ExportError
from hop_tf.inference.engine_report import report_path
from hop_tf.inference.formats import FORMATS, format_of
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.pictures.trimap import UNKNOWN

if TYPE_CHECKING:
    from hop_tf import HOPMatting

WITHOUT = "without_hop"
DRAWN = 4  # pictures to compare the rows on without a test set
MEGAPIXELS = 20  # in all, of the pictures that the rows are compared on


@dataclasses.dataclass(frozen=True)
class SavedNetwork:
    """A network of a report, with its weights on disk. The attributes without a description are those of schema.json.

    Attributes:
        name: the preset, or which attention it has.
        config: arguments of `hop_tf.HOPMatting`.
        path: its `.weights.h5` file, which every worker can load.
        multiply_adds: "HEIGHTxWIDTH" of a photo to what `count_multiply_adds` returns.
    """

    name: str
    config: dict[str, Any] = dataclasses.field(compare=False)
    path: str
    sha256: str
    parameters: int
    window: int | None
    weights: dict[str, str] = dataclasses.field(compare=False, default_factory=dict)
    multiply_adds: dict[str, dict[str, int]] = dataclasses.field(compare=False, default_factory=dict)

    def file_name(self, format: str, precision: str, size: tuple[int, int] | None, batch: int) -> str:
        """Return the name of an exported file below the folder of files. Other weights or sizes give another name."""
        shape = f"{size[0]}x{size[1]}_batch{batch}" if size else "dynamic"
        return f"{self.name}-{self.sha256[:8]}/{shape}/{format}_{precision}{FORMATS[format].suffix}"


def write_networks(folder: Path, preset: str, weights: Path | None, windows: list[int] | None) -> list[SavedNetwork]:
    """Build the networks of a report and write their weights where other processes can load them.

    Args:
        folder: where to write.
        preset: name of the first network.
        weights: its weights file; `None` for the bundled weights, or random ones if the preset has none.
        windows: window sizes to compare. They add the network without HOP blocks, and with all of them at each window,
            with random weights.

    Raises:
        UserError: if the weights are missing, damaged or of another kind of network.
    """
    import keras

    from hop_tf import HOPMatting, presets
    from hop_tf.models.loading import load_network

    keras.utils.set_random_seed(0)
    bundled = presets[preset]["weights"] if preset in presets else None
    if weights is None and preset in presets and not bundled:
        model = HOPMatting.from_preset(preset, load_weights=False, dtype="float32")
    else:
        try:
            model = load_network(weights or preset, preset)
        except (ValueError, OSError) as error:
            raise UserError(first_line(error)) from error
    if not isinstance(model, HOPMatting):
        raise ExportError(f"{weights}: only networks of hop_tf.HOPMatting can be measured")
    full, own = {**model.config, "global_hop": True, "local_hops": 3}, model.config
    compared = {WITHOUT: (0, {**full, "global_hop": False, "local_hops": 0})} if windows else {}
    compared |= {f"window_{side}x{side}": (side, {**full, "window_size": side}) for side in windows or ()}
    saved = [_save(folder, preset, model, next((side for side, config in compared.values() if config == own), None))]
    saved[0].weights.update(hashes(weights) if weights else [bundled] if bundled else ())
    for name, (side, config) in compared.items():
        if config != own:
            keras.utils.set_random_seed(0)
            saved.append(_save(folder, name, HOPMatting(**config, dtype="float32", name=name), side))
    return saved


def _save(folder: Path, name: str, model: "HOPMatting", window: int | None) -> SavedNetwork:
    path = folder / f"{name}.weights.h5"
    model.save_weights(path)
    parameters = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    return SavedNetwork(name, model.config, str(path), fingerprint(model), parameters, window)


def fingerprint(model: "HOPMatting") -> str:
    """Return the SHA-256 of a network's config and weights."""
    digest = hashlib.sha256(json.dumps(model.config, sort_keys=True).encode())
    for array in model.get_weights():
        digest.update(array.tobytes())
    return digest.hexdigest()


def hashes(path: Path) -> dict[str, str]:
    """Return the SHA-256 of a file, or of each file of a folder, by name."""
    root, files = (path, path.rglob("*")) if path.is_dir() else (path.parent, [path])
    digests = {x.relative_to(root).as_posix(): hashlib.sha256(x.read_bytes()) for x in sorted(files) if x.is_file()}
    return {name: digest.hexdigest() for name, digest in digests.items()}


def identity(path: Path) -> dict[str, Any]:
    """Return the columns "file", "file_mb", "sha256", "opset" of an ONNX file and "options" of an engine's builder."""
    size = sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())
    columns: dict[str, Any] = {"file": path.name, "file_mb": round(size / 1e6, 2), "sha256": hashes(path)}
    if path.suffix == ".onnx" and importlib.util.find_spec("onnx"):
        import onnx

        opsets = onnx.load(path, load_external_data=False).opset_import
        columns["opset"] = next(x.version for x in opsets if x.domain in ("", "ai.onnx"))
    if report_path(path).is_file():
        columns["options"] = json.loads(report_path(path).read_text())
    return columns


@functools.lru_cache(maxsize=1)
def build(network: SavedNetwork, dtype: str = "float32") -> "HOPMatting":
    """Return the `HOPMatting` of a network, with a dtype policy."""
    from hop_tf import HOPMatting

    model = HOPMatting(**network.config, dtype=dtype, name=network.name)
    model.load_weights(network.path)
    return model


def multiply_adds(network: SavedNetwork, size: tuple[int, int]) -> dict[str, int]:
    """Return `count_multiply_adds` of a network for a photo of a size."""
    from hop_tf.benchmarks.latency.worker.multiply_adds import count_multiply_adds

    return count_multiply_adds(build(network), size)


def input_shape(path: Path) -> tuple[int | None, int | None, int | None]:
    """Return (batch, height, width) that an exported file takes, with `None` where any will do.

    A file that needs a GPU is taken to accept any size where there is none.

    Raises:
        UserError: if the file is damaged or not a matting network.
    """
    from hop_tf.inference.runtimes import load

    if not format_of(path).cpu and missing_gpu():
        return None, None, None
    network = load(path)
    return tuple(a if a == b else None for a, b in zip(network.smallest, network.largest, strict=True))


def write_pictures(path: Path, size: tuple[int, int], test_set: Path | None) -> int:
    """Write the pictures of a size as `.npz`, and return their number.

    The rows are timed on `image` and `trimap`, uint8 `[1, *size, channels]`. They are compared on the stacks `photos`,
    `trimaps` and `alphas`, uint8 `[count, *size, ...]`: those pictures of a test set, cut or mirrored to the size, that
    have unknown pixels, or drawn pictures; `MEGAPIXELS` in all, but at least one picture.
    """
    from hop_tf.export.samples import as_inputs, drawn_pictures, example_photo, pictures_of_folder

    most = max(1, int(1e6 * MEGAPIXELS / (size[0] * size[1])))
    pictures = pictures_of_folder(test_set, size) if test_set else drawn_pictures(size, min(DRAWN, most))
    pictures = [picture for picture in pictures if (picture.trimap == UNKNOWN).any()][:most]
    if not pictures:
        raise UserError(f"{test_set}: no picture has unknown pixels in its middle of {size[0]}x{size[1]}")
    _, photos, trimaps, alphas = map(np.stack, zip(*pictures, strict=True))
    timed = as_inputs(*example_photo(size), dtype="uint8")
    np.savez(path, **timed, photos=photos, trimaps=trimaps, alphas=alphas)
    return len(photos)


def export_file(
    network: SavedNetwork, format: str, precision: str, size: tuple[int, int] | None, batch: int, path: Path
) -> None:
    """Export a network to `path` unless that exists, for photos of `size`, or of any size if it is `None`.

    The export does not compare it with Keras; its row of the report does.

    Raises:
        ExportError: if the export is not possible.
    """
    if path.exists():
        return
    from hop_tf.export.engines.options import EngineOptions
    from hop_tf.export.exporter import export

    path.parent.mkdir(parents=True, exist_ok=True)
    engine = EngineOptions() if format == "tensorrt" else None
    export(build(network), format, path, size, precision, batch, engine=engine, verify=False)
