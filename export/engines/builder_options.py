"""Options of TensorRT's builder, one entry each: its argument, named as in trtexec, and the setting it changes."""

import argparse
import dataclasses
import enum
import re
from collections.abc import Callable, Mapping
from typing import Any

from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.tensorrt_library import Backend, one_line


class OnRTX(enum.Enum):
    """Where TensorRT for RTX takes an option."""

    YES = enum.auto()
    WITH_GPU = enum.auto()
    NO = enum.auto()


@dataclasses.dataclass(frozen=True)
class BuilderOption:
    """An option of the builder.

    Attributes:
        flag: the command-line argument, named as in trtexec.
        help: its line of help.
        set: sets it, from the library's module, `trt.IBuilderConfig` and the value.
        argument: further arguments of `argparse.ArgumentParser.add_argument`.
        on_rtx: where TensorRT for RTX takes it.
    """

    flag: str
    help: str
    set: Callable[[Any, Any, Any], None]
    argument: Mapping[str, Any]
    on_rtx: OnRTX = OnRTX.YES


def _flag(name: str) -> Callable[[Any, Any, Any], None]:
    def set_flag(trt, config, value):
        (config.set_flag if value else config.clear_flag)(getattr(trt.BuilderFlag, name))

    return set_flag


def _attribute(name: str) -> Callable[[Any, Any, Any], None]:
    return lambda trt, config, value: setattr(config, name, value)


def _workspace(trt, config, mib):
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, mib << 20)


def _hardware_compatibility(trt, config, value):
    config.hardware_compatibility_level = getattr(trt.HardwareCompatibilityLevel, HARDWARE_COMPATIBILITY[value])


def _parse_workspace(text):
    """Parse "workspace:2048" to MiB."""
    match = re.fullmatch(r"workspace:([1-9]\d*)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected workspace:MiB, such as workspace:2048, not {text}")
    return int(match[1])


def _parse_number(text):
    if not re.fullmatch(r"\d{1,6}", text):
        raise argparse.ArgumentTypeError(f"expected a whole number, not {text}")
    return int(text)


_SWITCH = {"action": "store_true"}

#: trtexec's name of a level of hardware compatibility -> name of the library's constant.
HARDWARE_COMPATIBILITY = {"ampere+": "AMPERE_PLUS", "sameComputeCapability": "SAME_COMPUTE_CAPABILITY"}

#: Field of `EngineOptions` -> the builder's option. TensorRT for RTX needs a GPU to compile kernels for refitting.
BUILDER_OPTIONS = {
    "workspace_mib": BuilderOption(
        "--memPoolSize",
        "limit of GPU memory for a layer's scratch",
        _workspace,
        {"metavar": "workspace:MiB", "type": _parse_workspace},
    ),
    "tf32": BuilderOption("--tf32", "let float32 layers use TF32: faster, about 1e-3 off", _flag("TF32"), _SWITCH),
    "builder_optimization_level": BuilderOption(
        "--builderOptimizationLevel",
        "0 to 5: longer builds and faster engines; default: the library's",
        _attribute("builder_optimization_level"),
        {"metavar": "N", "type": _parse_number, "choices": range(6)},
    ),
    "max_aux_streams": BuilderOption(
        "--maxAuxStreams",
        "auxiliary CUDA streams at most; 0 runs all layers in one stream; default: the library's choice",
        _attribute("max_aux_streams"),
        {"metavar": "N", "type": _parse_number},
    ),
    "hardware_compatibility_level": BuilderOption(
        "--hardwareCompatibilityLevel",
        f"build for other GPUs too: {' or '.join(HARDWARE_COMPATIBILITY)}; slower; not with TensorRT for RTX",
        _hardware_compatibility,
        {"metavar": "LEVEL", "choices": HARDWARE_COMPATIBILITY},
        OnRTX.NO,
    ),
    "version_compatible": BuilderOption(
        "--versionCompatible",
        "let later versions of TensorRT load the engine; not with TensorRT for RTX",
        _flag("VERSION_COMPATIBLE"),
        _SWITCH,
        OnRTX.NO,
    ),
    "strip_weights": BuilderOption(
        "--stripWeights",
        "leave the weights out of the engine, to be refitted from the ONNX file",
        _flag("STRIP_PLAN"),
        _SWITCH,
        OnRTX.WITH_GPU,
    ),
    "refit": BuilderOption(
        "--refit", "allow other weights to be put into the engine", _flag("REFIT"), _SWITCH, OnRTX.WITH_GPU
    ),
}


def given(options: EngineOptions) -> dict[str, Any]:
    """Return the builder's options that differ from their defaults, by the names of their fields."""
    defaults = EngineOptions()
    values = {name: getattr(options, name) for name in BUILDER_OPTIONS}
    return {name: value for name, value in values.items() if value != getattr(defaults, name)}


def check_builder_options(backend: Backend, options: EngineOptions) -> None:
    """Raise `ExportError` if a library is known not to take one of the options here, before anything is built."""
    for name in given(options):
        option = BUILDER_OPTIONS[name]
        if backend.rtx and option.on_rtx is OnRTX.NO:
            raise ExportError(f"{option.flag}: {backend} does not have this option; TensorRT does")
        if backend.rtx and option.on_rtx is OnRTX.WITH_GPU and (no_gpu := missing_gpu()):
            raise ExportError(f"{option.flag}: {backend} needs a GPU to build such an engine, and {no_gpu}")


def set_builder_options(backend: Backend, config: Any, options: EngineOptions, log: Any) -> None:
    """Set the options of a build.

    Args:
        backend: the library.
        config: its `trt.IBuilderConfig`.
        options: the options.
        log: from `capturing_logger`.

    Raises:
        ExportError: if the library lacks one of the options or does not accept its value.
    """
    for name, value in {"tf32": options.tf32, **given(options)}.items():  # the library's own default is TF32
        option, start = BUILDER_OPTIONS[name], len(log.lines)
        try:
            option.set(backend.trt, config, value)
        except AttributeError as error:
            raise ExportError(f"{option.flag}: {backend} does not have this option") from error
        warnings = [text for severity, text in log.lines[start:] if severity < backend.trt.ILogger.Severity.INFO]
        if warnings:
            raise ExportError(f"{option.flag} {value}: {backend} does not accept it: {one_line(warnings[0])}")
