"""The build of a TensorRT engine from an ONNX file."""

import math
import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

from hop_tf.export.engines.builder_options import check_builder_options, set_builder_options
from hop_tf.export.engines.layer_info import layer_logger, parse_layers, show_layers
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.engines.precision import check_precision, heavy_layers, weight_elements
from hop_tf.export.engines.profiles import profile_shapes
from hop_tf.export.engines.report import engine_report
from hop_tf.export.engines.timing_cache import read_timing_cache, write_timing_cache
from hop_tf.export.errors import ExportError
from hop_tf.export.onnx_files import read_onnx
from hop_tf.inference.engine_report import EngineReport, Weights, report_path
from hop_tf.inference.runtimes.tensorrt_library import Backend, find_backend, one_line
from hop_tf.pictures.atomic_write import atomic_write


def build_engine(
    onnx_path: str | os.PathLike,
    output: str | os.PathLike,
    options: EngineOptions | None = None,
    keep_onnx: bool = True,
) -> EngineReport:
    """Build an engine and write it, with a report beside it.

    Networks are strongly typed, so the engine has the precision of the graph.

    Args:
        onnx_path: the ONNX file.
        output: the engine to write. It and its report, `report_path(output)`, appear after all checks or not at all.
        options: how to build it; `None` for float32 and defaults.
        keep_onnx: whether the ONNX file will be kept, so that the report can name it.

    Raises:
        NetworkError: if no library that can build here is installed.
        ExportError: if the library cannot parse the file or build an engine, the options do not fit, or the engine does
            not have the precision asked for.
        KeyboardInterrupt: on Ctrl-C, at the next step of the build.
    """
    onnx_path, output, options = Path(onnx_path), Path(output), options or EngineOptions()
    if not output.parent.is_dir():
        raise ExportError(f"{output}: the folder {output.parent} does not exist")
    backend = find_builder(options)
    elements = weight_elements(read_onnx(onnx_path))
    log = layer_logger(backend.trt)
    builder, network, parser = _parse(backend, onnx_path, log)  # the parser owns the weights during the build
    layers = heavy_layers(network)
    check_precision(onnx_path, options.precision, layers)
    inputs = {tensor.name: tuple(tensor.shape) for tensor in map(network.get_input, range(network.num_inputs))}
    pixels = max((math.prod(shape[:3]) for shape in inputs.values() if len(shape) == 4 and min(shape) > 0), default=0)
    profiles = profile_shapes(inputs, options)
    config = _config(backend, builder, options, profiles, log)
    cache = None if backend.rtx else options.timing_cache  # TensorRT for RTX measures at run time and has none
    if cache:
        read_timing_cache(cache, config, log)
    try:
        with atomic_write(report_path(output)) as report_aside, atomic_write(output) as aside:
            engine = _build(backend.trt, builder, network, config)
            if engine is None:
                limit = f"; --memPoolSize allows {options.workspace_mib} MiB" if options.workspace_mib else ""
                raise ExportError(f"{onnx_path}: {backend} cannot build an engine: {log.first_error()}{limit}")
            aside.write_bytes(engine)
            weights = Weights(elements, _weights_bytes(log))
            # TensorRT may expand constants to many times their size; TensorRT for RTX has not been seen to do so.
            measured = weights if backend.rtx and weights.bytes else None
            precision = check_precision(onnx_path, options.precision, layers, measured, pixels)
            built = parse_layers(log.layers)
            report, built = engine_report(
                output.name,
                aside,
                onnx_path,
                backend,
                options,
                network,
                profiles,
                precision,
                layers,
                weights,
                built,
                keep_onnx,
            )
            report_aside.write_text(report.to_json())
            show_layers(built, options)
            if cache:
                write_timing_cache(cache, config)
    except OSError as error:
        raise ExportError(f"{output}: cannot be written ({error.strerror}); choose another place") from error
    return report


def find_builder(options: EngineOptions) -> Backend:
    """Return the library that builds engines with these options.

    Raises:
        NetworkError: if no library that can build here is installed.
        ExportError: if it does not build for one of the compute capabilities, or does not have one of the options.
    """
    backend = find_backend(rtx=True if options.compute_capabilities else None)
    check_builder_options(backend, options)
    known = _compute_capabilities(backend) if options.compute_capabilities else ()
    for capability in options.compute_capabilities:
        if capability not in known:
            raise ExportError(f"--computeCapabilities {capability}: {backend} builds for {', '.join(known)}")
    return backend


def _compute_capabilities(backend):
    """Return the library's constants by their names, such as "8.9"."""
    return {f"{n[2:-1]}.{n[-1]}": c for n, c in backend.trt.ComputeCapability.__members__.items() if n[:2] == "SM"}


def _parse(backend, path, log):
    trt = backend.trt
    try:
        builder = trt.Builder(log)
    except TypeError as error:  # the bindings raise it if there is no builder
        raise ExportError(f"{backend} does not start here: {log.first_error()}") from error
    # TensorRT 10 needs the flag; later versions always type networks strongly.
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, log)
    if not parser.parse_from_file(str(path)):
        raise ExportError(f"{path}: {backend} cannot read it: {_parser_error(parser, log)}")
    return builder, network, parser


def _parser_error(parser, log):
    if not parser.num_errors:
        return log.first_error()
    error = parser.get_error(0)
    where = f"node {error.node_name() or error.node()} ({error.node_operator()}): " if error.node_operator() else ""
    code = getattr(error.code(), "name", str(error.code())).replace("_", " ").lower()
    reason = one_line(error.desc())
    quoted = "" if reason == "false" else f": {reason}"  # some errors only quote the check that failed
    return f"{where}{code}{quoted}"


def _config(backend, builder, options, profiles, log):
    config = builder.create_builder_config()
    config.profiling_verbosity = backend.trt.ProfilingVerbosity.DETAILED  # the layers' types, for the report
    set_builder_options(backend, config, options, log)
    if options.compute_capabilities:
        _set_compute_capabilities(backend, config, options.compute_capabilities)
    for ranges in profiles:
        profile = builder.create_optimization_profile()
        for name, (smallest, best, largest) in ranges.items():
            profile.set_shape(name, smallest, best, largest)
        config.add_optimization_profile(profile)
    return config


def _set_compute_capabilities(backend, config, capabilities):
    known = _compute_capabilities(backend)
    config.num_compute_capabilities = len(capabilities)
    for index, capability in enumerate(capabilities):
        config.set_compute_capability(known[capability], index)


def _build(trt, builder, network, config):
    """Build an engine. Ctrl-C ends the build at its next step; Python itself would notice it minutes later."""

    base: Any = trt.IProgressMonitor

    class Monitor(base):
        interrupted = False

        def phase_start(self, *_):
            pass

        def phase_finish(self, *_):
            pass

        def step_complete(self, *_):
            return not self.interrupted

    config.progress_monitor = monitor = Monitor()
    if threading.current_thread() is not threading.main_thread():
        return builder.build_serialized_network(network, config)
    # A handler that only sets a flag: an exception must not pass through the library's own stack.
    before = signal.signal(signal.SIGINT, lambda *_: setattr(monitor, "interrupted", True))
    try:
        engine = builder.build_serialized_network(network, config)
    finally:
        signal.signal(signal.SIGINT, before)
    if monitor.interrupted:
        raise KeyboardInterrupt
    return engine


def _weights_bytes(log):
    sizes = [re.search(r"Total Weights Memory: (\d+)", text) for _, text in log.lines]
    return max((int(size[1]) for size in sizes if size), default=None)
