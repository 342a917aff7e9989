"""Shared command-line options for network, device and precision."""

import argparse
import dataclasses
import hashlib
import importlib.util
import re
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.cli import arguments
from hop_tf.cli.quiet import quiet_start
from hop_tf.errors import UserError, first_line, install_hint
from hop_tf.inference.default_network import default_network
from hop_tf.inference.runtimes import PRECISIONS, RUNTIMES, runtime_of
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.models.presets import DEFAULT_PRESET, presets
from hop_tf.pictures.input_size import SMALLEST_SIZE

if TYPE_CHECKING:
    import keras

    from hop_tf.inference.predictor import Predictor

HUB_PREFIX, CONFIG_FILE = "hf://", "config.json"  # as in hop_tf.models.preset_folder, which needs Keras
UNUSED_GPU = "; the NVIDIA GPU here is not used: that needs onnxruntime-gpu, or Keras with CUDA"
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclasses.dataclass(frozen=True)
class Setting:
    """A setting that results depend on.

    Attributes:
        shown: how to name it to a user.
        value: what to compare; `shown` if it is not given.
    """

    shown: str
    value: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.value or self.shown)


def add_weights_arguments(
    parser: argparse._ActionsContainer, more: str = "", default_preset: str | None = DEFAULT_PRESET
) -> None:
    """Add `--weights` and `--preset`, the options of `load_model`.

    Args:
        parser: the parser, or a group of its arguments.
        more: end of the help of `--weights`.
        default_preset: value of `--preset` if it is not given.
    """
    parser.add_argument(
        "--weights",
        metavar="FILE",
        type=Path,
        help=".weights.h5 file of the preset, or .keras file of a whole network; default: the preset's bundled weights"
        + more,
    )
    parser.add_argument(
        "--preset",
        metavar="NAME",
        type=_preset,
        default=default_preset,
        help="the network: a key of hop_tf.presets, a folder that save_to_preset wrote, or hf://OWNER/NAME on the "
        f"Hugging Face Hub; default: {DEFAULT_PRESET}",
    )


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `load_predictor` reads."""
    group = parser.add_argument_group("network")
    add_weights_arguments(
        group,
        "; also an export of hop-tf: an .onnx, .tflite or .engine file, or a folder of OpenVINO or SavedModel; engines "
        "and SavedModels are programs: load only those from people you trust",
        default_preset=None,  # none given: `default_network` chooses
    )
    group.add_argument(
        "--runtime",
        choices=RUNTIMES,
        help="library that runs the network; default: by the name of the weights; without weights ONNX Runtime, or "
        "Keras on a GPU",
    )
    group.add_argument(
        "--device", metavar="NAME", type=_device, help="cpu, gpu or gpu:1; default: chosen by the runtime"
    )
    group.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="precision to compute in, for keras and openvino; other exports have a fixed one; default: float32",
    )
    group.add_argument(
        "--tile",
        metavar="N|auto",
        type=_tile,
        default="auto",
        help="largest side in pixels, at least 64, to process at once; larger photos are cut into overlapping tiles; "
        "auto, the default: as much as fits into 4 GB of memory",
    )
    group.add_argument(
        "--tta",
        action="store_true",
        help="average over a photo's eight rotations and flips, which takes eight times as long",
    )
    group.add_argument(
        "--one-scale",
        action="store_true",
        help="never blend in the alpha of a smaller copy, as is done for photos of more than 800 pixels with wide "
        "unknown regions",
    )


def load_model(weights: Path | None, preset: str, extra: str = "keras") -> "keras.Model":
    """Load the `keras.Model` that `--weights` and `--preset` name.

    Args:
        weights, preset: the two options.
        extra: the extra of this package to recommend if Keras is not installed.

    Returns:
        `keras.Model`.

    Raises:
        UserError: if Keras is not installed, the file is missing or does not fit the preset, or the preset has no
            bundled weights.
    """
    if not importlib.util.find_spec("keras"):
        raise UserError(f"this needs Keras: {install_hint(extra)}")
    _check_weights(weights, preset)
    with quiet_start():
        from hop_tf.models.loading import check_inputs, load_network

        try:
            model = load_network(weights or preset, preset)
            check_inputs(model)
        except UserError:
            raise
        except (ValueError, OSError) as error:
            raise UserError(_why_not(weights, preset, error)) from error
        return model


def load_predictor(args: argparse.Namespace) -> "Predictor":
    """Load the network that the options of `add_network_arguments` name, and print its library and device on stderr.

    Args:
        args: the parsed arguments.

    Returns:
        `hop_tf.Predictor`.

    Raises:
        UserError: if there is no such network, or it cannot run on this machine with these options.
    """
    weights, preset = args.weights, args.preset or DEFAULT_PRESET
    source, _ = _source_and_runtime(args)
    with quiet_start():
        from hop_tf.inference.predictor import Predictor

        try:
            predictor = Predictor(
                source,
                preset,
                args.tile,
                runtime=args.runtime,
                device=args.device,
                precision=args.precision,
                tta=args.tta,
                two_scales=not args.one_scale,
            )
        except UserError:
            raise
        except (ValueError, OSError) as error:
            raise UserError(_why_not(weights, preset, error)) from error
    unused = UNUSED_GPU if predictor.network.device == "cpu" and args.device != "cpu" and not missing_gpu() else ""
    print(f"{weights or preset}: {predictor.network.description}{unused}", file=sys.stderr)
    return predictor


def network_settings(args: argparse.Namespace) -> dict[str, Setting]:
    """Return the settings of a network that alpha depends on, without loading it.

    Args:
        args: the parsed options of `add_network_arguments`.

    Raises:
        UserError: if there is no such network.
    """
    source, runtime = _source_and_runtime(args)
    preset = args.preset or DEFAULT_PRESET
    if args.weights:
        network = file_setting(args.weights)
    elif preset in presets:
        network = Setting(preset, str(presets[preset]["weights"]))
    else:
        network = file_setting(Path(preset)) if Path(preset).is_dir() else Setting(preset)
    found = {"network": network, "--runtime": Setting(runtime)}
    if str(source).endswith(".weights.h5"):
        found["--preset"] = Setting(preset)
    if runtime in ("keras", "openvino"):  # the others have the precision of their file
        default = "that of the file" if str(source).endswith(".keras") else "float32"
        found["--precision"] = Setting(args.precision or default)
    if args.one_scale:
        found["--one-scale"] = Setting("on")
    return found | {"--tile": Setting(str(args.tile)), "--tta": Setting("on" if args.tta else "off")}


def file_setting(path: Path) -> Setting:
    """Return a setting that is a file or folder: its name, and the SHA-256 of its content to compare."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as content:
                digest.update(file.relative_to(path).as_posix().encode())
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return Setting(f"{path.name} (SHA-256 {digest.hexdigest()[:8]})", digest.hexdigest())


def _source_and_runtime(args):
    """Return the `model_or_path` of the predictor, `None` for the bundled network, and the name of its runtime."""
    weights, preset = args.weights, args.preset or DEFAULT_PRESET
    if weights is not None and not weights.exists():
        raise UserError(
            f"{weights}: no such file; expected a .weights.h5 or .keras file, or what 'hop-tf export' writes"
        )
    source = weights or args.preset
    try:
        chosen = source or default_network(args.runtime, args.device, args.precision)
    except (ValueError, OSError) as error:
        raise UserError(_why_not(weights, preset, error)) from error
    runtime = runtime_of(chosen, args.runtime, preset)
    if runtime == "keras":
        _check_weights(weights, preset, ", or what 'hop-tf export' writes")
    return source, runtime


def check_weights_file(path: Path, more: str = "") -> None:
    """Check that a file looks like a `.weights.h5` or `.keras` file, without importing Keras.

    Args:
        path: the file.
        more: what else the command would have accepted, to end the error of an unknown kind of file.

    Raises:
        UserError: if it does not.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise UserError(f"{path}: {what}; expected a .weights.h5 or .keras file")
    if path.suffix in (".pth", ".pt", ".ckpt"):
        raise UserError(f"{path}: a PyTorch checkpoint; turn it into a .weights.h5 file with the command convert")
    if path.name.endswith(".weights.h5"):
        with path.open("rb") as file:
            sound = file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE
    elif path.suffix == ".keras":
        sound = zipfile.is_zipfile(path)
    else:
        raise UserError(f"{path}: the weights must be a .weights.h5 or a .keras file{more}")
    if not sound:
        raise UserError(f"{path}: damaged, or no weights written by Keras; expected a .weights.h5 or .keras file")


def _check_weights(weights, preset, more=""):
    """Raise `UserError` if Keras could not load these weights."""
    if weights is not None:
        check_weights_file(weights, more)
    elif preset in presets and presets[preset]["weights"] is None:
        raise UserError(f"the preset {preset} has no bundled weights; give a file with --weights")


def _why_not(weights, preset, error):
    if weights is None and preset in presets:
        return f"the bundled weights of {preset} are missing or damaged; give a file with --weights"
    if weights is None:
        return f"{preset}: {first_line(error)}"
    if weights.suffix == ".keras":
        return f"{weights}: damaged, or not a matting network saved by Keras"
    return f"{weights}: damaged, or not weights of the preset {preset}; name theirs with --preset"


def _preset(text):
    if text.startswith(HUB_PREFIX) or Path(text, CONFIG_FILE).is_file():
        return text
    return arguments.preset_name(text)


def _device(text):
    if not re.fullmatch(r"[a-z]+(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"expected a device such as cpu, gpu or gpu:1: {text}")
    return text


def _tile(text):
    if text == "auto":
        return text
    if not text.isdecimal() or int(text) < SMALLEST_SIZE:
        raise argparse.ArgumentTypeError(f"expected auto or a number of pixels from {SMALLEST_SIZE}: {text}")
    return int(text)
