"""Loading of the authors' PyTorch checkpoints, and of ImageNet weights for the opacity encoder."""

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from hop_tf.errors import MissingPackageError, install_hint
from hop_tf.layers import GlobalHOP, LocalHOP, SpectralConv2D, SpectralConv2DTranspose

if TYPE_CHECKING:
    from hop_tf.models.hop_matting import HOPMatting

# Patterns in the layer names of `HOPMatting`, and their replacements in the released parameter names.
RELEASED_NAMES = [
    (r"encoder_stem_(conv|bn)(\d)", r"encoder.\1\2"),
    (r"encoder_stage4_block(\d)", r"encoder.layer_bottleneck.\1"),
    (r"encoder_stage(\d)_block(\d)", r"encoder.layer\1.\2"),
    (r"decoder_stage(\d)_block(\d)", r"decoder.layer\1.\2"),
    (r"_(down|up)sample_conv", r".\1sample.1"),
    (r"_(down|up)sample_bn", r".\1sample.2"),
    (r"_(conv|bn)(\d)$", r".\1\2"),
    (r"shortcut(\d)\.conv1", r"encoder.shortcut.\1.0"),
    (r"shortcut(\d)\.bn1", r"encoder.shortcut.\1.2"),
    (r"shortcut(\d)\.conv2", r"encoder.shortcut.\1.3"),
    (r"shortcut(\d)\.bn2", r"encoder.shortcut.\1.5"),
    (r"appearance_head(\d)_conv", r"encoder.guidance_head\1.1"),
    (r"appearance_head(\d)_bn", r"encoder.guidance_head\1.3"),
    (r"global_hop", r"decoder.gca"),
    (r"local_hop(\d)", r"decoder.localgca\1"),
    (r"decoder_final_conv", r"decoder.conv1"),
    (r"decoder_final_bn", r"decoder.bn1"),
    (r"decoder_alpha_conv", r"decoder.conv2"),
]

# Parts of an ImageNet classifier that the encoder does not have.
UNUSED_IN_IMAGENET = re.compile(r"layer3\.[45]\.|layer(4|_bottleneck)\.2\.|fc\.|.*num_batches_tracked$")
SAFE_TORCH = (2, 6)  # earlier versions of torch.load(weights_only=True) may run code (CVE-2025-32434)
STAGE4_NAMES = ("layer_bottleneck", "layer4")


def load_released_checkpoint(model: "HOPMatting", source: str | os.PathLike | Mapping[str, np.ndarray]) -> None:
    """Load the weights of one of the authors' released networks.

    Args:
        model: `HOPMatting` of the preset that the checkpoint belongs to, width 1; changed in place.
        source: path of a PyTorch checkpoint, as released or as a bare state dictionary; or a mapping of parameter
            names to arrays in PyTorch's layout. Names may start with `module.`.

    Raises:
        MissingPackageError: if `source` is a path and PyTorch 2.6 or later is not installed.
        ValueError: if an array is not used, a weight is not set, or a shape differs. The message names them, and the
            model is unchanged.

    Example:
        >>> from hop_tf import HOPMatting
        >>> model = HOPMatting.from_preset("hop_9x9", load_weights=False)
        >>> load_released_checkpoint(model, "hop_9x9.pth")  # doctest: +SKIP
    """
    arrays = _state_dict(source)
    assignments = []
    for layer in model.layers:
        assignments += _layer_assignments(layer, _released_name(layer.name))
    _check(assignments, arrays, lambda name: name.endswith("num_batches_tracked"))
    _assign(assignments, arrays)


def load_imagenet_encoder(model: "HOPMatting", source: str | os.PathLike | Mapping[str, np.ndarray]) -> None:
    """Load ImageNet weights into the stem and the residual stages of the opacity encoder (Section 4).

    The first convolution's kernel is set to 0 for the three trimap channels. The encoder has the first four blocks of
    the classifier's third stage and the first two of its last. Shortcut branches, appearance encoder and decoder are
    unchanged. The vectors `u` and `v` of spectral normalisation are computed from the kernels.

    Args:
        model: `HOPMatting` of width 1; changed in place.
        source: path of a PyTorch checkpoint, or a mapping of parameter names to arrays in PyTorch's layout. Names are
            those of the authors' ResNet-34-D or of timm's `resnet34d`.

    Raises:
        MissingPackageError: if `source` is a path and PyTorch 2.6 or later is not installed.
        ValueError: if an array is not used, a weight of the encoder is not set, or a shape differs. The message names
            them, and the model is unchanged.

    Example:
        >>> from hop_tf import HOPMatting
        >>> load_imagenet_encoder(HOPMatting(), "resnet34d.pth")  # doctest: +SKIP
    """
    arrays = _state_dict(source)
    if "conv1.0.weight" in arrays:  # timm keeps the stem in one module, with its first BatchNorms as 1 and 4
        timm_stem = {"conv1.0": "conv1", "conv1.1": "bn1", "conv1.3": "conv2", "conv1.4": "bn2", "conv1.6": "conv3"}
        timm_stem["bn1"] = "bn3"
        arrays = {_rename_module(name, timm_stem): array for name, array in arrays.items()}
    stage4 = next((n for n in STAGE4_NAMES if f"{n}.0.bn1.weight" in arrays), STAGE4_NAMES[0])

    assignments = []
    for layer in model.layers:
        if not re.match(r"encoder_st(em|age)", layer.name):
            continue
        name = _released_name(layer.name).removeprefix("encoder.").replace("layer_bottleneck", stage4)
        assignments += [a for a in _layer_assignments(layer, name) if not a[1].endswith(("weight_u", "weight_v"))]
    if "conv1.module.weight_bar" not in arrays:
        assignments = [(v, name.replace(".module.weight_bar", ".weight"), f) for v, name, f in assignments]
    first = assignments[0][1]
    if first in arrays:
        rgb = arrays[first]
        arrays[first] = np.concatenate([rgb, np.zeros((rgb.shape[0], 3, *rgb.shape[2:]), rgb.dtype)], axis=1)

    _check(
        assignments,
        arrays,
        lambda name: UNUSED_IN_IMAGENET.match(name) or name.endswith((".weight_u", ".weight_v")),
    )
    _assign(assignments, arrays)
    for layer in model.layers:
        if re.match(r"encoder_st(em|age)", layer.name) and isinstance(layer, SpectralConv2D):
            layer.estimate_spectral_norm()


def _state_dict(source):
    """Return a dict of parameter names, without the prefix `module.`, to arrays."""
    if not isinstance(source, Mapping):
        try:
            import torch

            if tuple(int(n) for n in torch.__version__.split(".")[:2]) < SAFE_TORCH:
                raise ImportError(f"PyTorch {torch.__version__} is too old")
        except ImportError as error:
            needed = f"Reading a PyTorch checkpoint needs PyTorch 2.6 or later: {install_hint('torch')}"
            raise MissingPackageError(needed) from error
        path, source = source, torch.load(source, map_location="cpu", weights_only=True)
        source = source.get("state_dict", source) if isinstance(source, Mapping) else source
        if not isinstance(source, Mapping):
            raise ValueError(f"A checkpoint holds parameters by name. Received: a {type(source).__name__} in {path}")
        source = {name: value.detach().float().cpu().numpy() for name, value in source.items()}
    return {name.removeprefix("module."): np.asarray(value) for name, value in source.items()}


def _released_name(name):
    """Return the released name of a layer of `HOPMatting`."""
    for pattern, replacement in RELEASED_NAMES:
        name = re.sub(pattern, replacement, name)
    return name


def _rename_module(name, names):
    module, _, parameter = name.rpartition(".")
    return f"{names.get(module, module)}.{parameter}"


def _layer_assignments(layer: Any, name: str) -> list[tuple[Any, str, Callable[[Any], Any]]]:
    """Return the assignments of a layer: triples of variable, released name, and conversion to Keras' layout."""
    if isinstance(layer, (SpectralConv2D, SpectralConv2DTranspose)):
        return [
            (layer.kernel, f"{name}.module.weight_bar", _kernel),
            (layer.u, f"{name}.module.weight_u", _as_is),
            (layer.v, f"{name}.module.weight_v", lambda v: _singular_vector(v, layer.kernel.shape)),
        ]
    if isinstance(layer, keras.layers.BatchNormalization):
        return [
            (layer.gamma, f"{name}.weight", _as_is),
            (layer.beta, f"{name}.bias", _as_is),
            (layer.moving_mean, f"{name}.running_mean", _as_is),
            (layer.moving_variance, f"{name}.running_var", _as_is),
        ]
    if isinstance(layer, keras.layers.Conv2D):
        return [(layer.kernel, f"{name}.weight", _kernel), (layer.bias, f"{name}.bias", _as_is)]
    if isinstance(layer, (GlobalHOP, LocalHOP)):
        assignments: list[tuple[Any, str, Callable[[Any], Any]]] = [(layer.scale, f"{name}.scale", np.squeeze)]
        assignments += _layer_assignments(layer.query_key_conv, f"{name}.guidance_conv")
        assignments += _layer_assignments(layer.output_conv, f"{name}.W.0")
        assignments += _layer_assignments(layer.output_norm, f"{name}.W.1")
        if layer.positional_encoding:
            dense, embedding = f"{name}.pos_embed_linear", layer.offset_embedding
            assignments += [(embedding.kernel, f"{dense}.weight", np.transpose)]
            assignments += [(embedding.bias, f"{dense}.bias", _as_is)]
        if isinstance(layer, GlobalHOP) and layer.trimap_embedding:
            assignments += _layer_assignments(layer.trimap_conv, f"{name}.trimap_embed_conv")
        return assignments
    return []


def _as_is(array):
    return array


def _kernel(array):
    return np.transpose(array, (2, 3, 1, 0))


def _singular_vector(v, kernel_shape):
    """Convert `v` from PyTorch's order of rows, (channels, height, width), to Keras', (height, width, channels)."""
    height, width, channels, _ = kernel_shape
    return v.reshape(channels, height, width).transpose(1, 2, 0).ravel()


def _check(assignments, arrays, may_stay_unused):
    names = {name for _, name, _ in assignments}
    problems = []
    if missing := sorted(names - arrays.keys()):
        problems.append(f"weights that the checkpoint does not set: {', '.join(missing)}")
    if unused := sorted(name for name in arrays.keys() - names if not may_stay_unused(name)):
        problems.append(f"arrays of the checkpoint that the model has no place for: {', '.join(unused)}")
    for variable, name, convert in assignments:
        if name in arrays:
            try:
                shape = convert(arrays[name]).shape
            except ValueError:
                shape = arrays[name].shape
            if tuple(shape) != tuple(variable.shape):
                problems.append(f"{name} is {tuple(shape)} where the model has {tuple(variable.shape)}")
    if problems:
        raise ValueError("The checkpoint does not fit the model. Received: " + "; ".join(problems))


def _assign(assignments, arrays):
    for variable, name, convert in assignments:
        variable.assign(convert(np.asarray(arrays[name], "float32")))
