"""Which network a command runs, where and how: the arguments that its users share."""

import argparse
import re
from pathlib import Path

from hop_tf.cli import arguments, files
from hop_tf.cli.quiet import quiet_start
from hop_tf.inference.runtimes import PRECISIONS, RUNTIMES, runtime_of
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.pictures.input_size import SMALLEST_SIZE


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
        group, "; also what python -m export wrote: an .onnx, .tflite or .engine file, or OpenVINO's folder"
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
        CommandError: if there is no such file, it does not fit the preset, or the preset has no bundled weights.
    """
    _check_weights(weights, preset)
    with quiet_start():
        from hop_tf.models.loading import check_inputs, load_network

        try:
            model = load_network(weights or preset, preset)
            check_inputs(model)
        except (ValueError, OSError) as error:
            raise files.CommandError(_why_not(weights, preset)) from error
        return model


def load_predictor(args):
    """The `hop_tf.Predictor` that the arguments of `add_network_arguments` ask for.

    Raises:
        CommandError: if there is no such network, or it cannot be run so here.
    """
    if args.weights is not None and not args.weights.exists():
        raise files.CommandError(
            f"{args.weights}: no such file; expected a .weights.h5 or .keras file, or what 'python -m export' writes"
        )
    try:
        runtime = runtime_of(args.weights or args.preset, args.runtime, args.preset)
    except NetworkError as error:
        raise files.CommandError(str(error)) from error
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
            raise files.CommandError(str(error)) from error
        except (ValueError, OSError) as error:
            raise files.CommandError(_why_not(args.weights, args.preset)) from error


def find_alpha(predictor, photo_path, photo, trimap):
    """The predictor's float32 alpha `[height, width]` of a photo; a `CommandError` that names the photo if it fails."""
    try:
        return predictor.predict(photo, trimap)
    except FloatingPointError as error:
        raise files.CommandError(f"{photo_path}: no alpha found; the weights are untrained or damaged") from error
    except Exception as error:
        # What TensorFlow and JAX say; their exceptions have no common class.
        if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error) or "OOM" in str(error):
            height, width = trimap.shape
            raise files.CommandError(
                f"{photo_path}: not enough memory for {width} x {height} pixels; use --tile with a smaller number"
            ) from error
        raise


def _check_weights(weights, preset):
    """Raises a `CommandError` if Keras could not load them."""
    from hop_tf.models.presets import presets

    if weights is not None:
        files.check_weights_file(weights)
    elif presets[preset]["weights"] is None:
        raise files.CommandError(f"the preset {preset} has no bundled weights; give a file with --weights")


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
