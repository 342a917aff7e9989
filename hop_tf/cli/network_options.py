"""Which network a command runs, where and how: the arguments that its users share."""

import argparse
import re
import zipfile
from pathlib import Path

from hop_tf.cli import arguments
from hop_tf.cli.quiet import quiet_start
from hop_tf.errors import UserError
from hop_tf.inference.runtimes import PRECISIONS, RUNTIMES, runtime_of
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.pictures.input_size import SMALLEST_SIZE

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def add_weights_arguments(parser, more=""):
    """Adds `--weights` and `--preset`, from which `load_model` loads; `more` ends the help of the first."""
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
        type=arguments.preset_name,
        default="hop_s_9x9",
        help="which network, a key of hop_tf.presets; default: %(default)s",
    )


def add_network_arguments(parser):
    """Adds the arguments that `load_predictor` takes to a parser."""
    group = parser.add_argument_group("network")
    add_weights_arguments(
        group, "; also what hop-tf export wrote: an .onnx, .tflite or .engine file, or OpenVINO's folder"
    )
    group.add_argument(
        "--runtime", choices=RUNTIMES, help="what is to run the network; default: what the weights' name says"
    )
    group.add_argument(
        "--device", metavar="NAME", type=_device, help="cpu, gpu or gpu:1; default: the runtime's own choice"
    )
    group.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="what to compute in, for keras and openvino; other files have their own; default: float32",
    )
    group.add_argument(
        "--tile",
        metavar="N|auto",
        type=_tile,
        default="auto",
        help="largest side in pixels, at least 64, of what is computed at once; larger photos are cut into overlapping "
        "tiles; auto, the default: as much at once as 4 GB of memory suffice for",
    )
    group.add_argument(
        "--tta", action="store_true", help="take the mean of a photo's eight rotations and flips: eight times as long"
    )


def load_model(weights, preset):
    """The `keras.Model` that the arguments of `add_weights_arguments` ask for.

    Raises:
        UserError: if there is no such file, it does not fit the preset, or the preset has no bundled weights.
    """
    _check_weights(weights, preset)
    with quiet_start():
        from hop_tf.models.loading import check_inputs, load_network

        try:
            model = load_network(weights or preset, preset)
            check_inputs(model)
        except (ValueError, OSError) as error:
            raise UserError(_why_not(weights, preset)) from error
        return model


def load_predictor(args):
    """The `hop_tf.Predictor` that the arguments of `add_network_arguments` ask for.

    Raises:
        UserError: if there is no such network, or it cannot be run so here.
    """
    if args.weights is not None and not args.weights.exists():
        raise UserError(
            f"{args.weights}: no such file; expected a .weights.h5 or .keras file, or what 'hop-tf export' writes"
        )
    try:
        runtime = runtime_of(args.weights or args.preset, args.runtime, args.preset)
    except NetworkError as error:
        raise UserError(str(error)) from error
    if runtime == "keras":
        _check_weights(args.weights, args.preset)
    with quiet_start():
        from hop_tf.inference.predictor import Predictor

        try:
            return Predictor(
                args.weights or args.preset,
                args.preset,
                args.tile,
                runtime=runtime,
                device=args.device,
                precision=args.precision,
                tta=args.tta,
            )
        except NetworkError as error:
            raise UserError(str(error)) from error
        except (ValueError, OSError) as error:
            raise UserError(_why_not(args.weights, args.preset)) from error


def check_weights_file(path):
    """Raise `UserError` unless `path` looks like a `.weights.h5` or `.keras` file."""
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
        raise UserError(f"{path}: the weights must be a .weights.h5 or a .keras file")
    if not sound:
        raise UserError(f"{path}: damaged, or no weights written by Keras; expected a .weights.h5 or .keras file")


def _check_weights(weights, preset):
    """Raises a `UserError` if Keras could not load them."""
    from hop_tf.models.presets import presets

    if weights is not None:
        check_weights_file(weights)
    elif presets[preset]["weights"] is None:
        raise UserError(f"the preset {preset} has no bundled weights; give a file with --weights")


def _why_not(weights, preset):
    if weights is None:
        return f"the bundled weights of {preset} are missing or damaged; give a file with --weights"
    if weights.suffix == ".keras":
        return f"{weights}: damaged, or not a matting network saved by Keras"
    return f"{weights}: damaged, or not weights of the preset {preset}; name theirs with --preset"


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
