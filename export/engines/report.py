"""Descriptions of built engines: read back if the library can load them, otherwise taken from the network."""

import collections
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from hop_tf.export.engines.builder_options import BUILDER_OPTIONS, given
from hop_tf.export.engines.layer_info import Layer
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.engines.precision import type_name
from hop_tf.export.engines.profiles import Ranges
from hop_tf.export.errors import ExportError
from hop_tf.inference.engine_report import EngineReport, EngineTensor, Layers, OnnxFile, TimingCache, Weights
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.tensorrt_library import Backend, capturing_logger

PORTABLE = ("8.0", "8.6", "8.9", "12.0", "later")  # as TensorRT for RTX documents its default


def engine_report(
    name: str,
    path: Path,
    onnx_path: Path,
    backend: Backend,
    options: EngineOptions,
    network: Any,
    profiles: list[Ranges],
    precision: str,
    layers: dict[str, dict[str, int]],
    weights: Weights,
    built: list[Layer],
    keep_onnx: bool = True,
) -> tuple[EngineReport, list[Layer]]:
    """Return the report of a built engine, and its layers after fusion.

    Args:
        name: the file name the engine will have.
        path: the engine.
        onnx_path: the ONNX file it was built from.
        backend: the library that built it.
        options: how it was built.
        network: `trt.INetworkDefinition`, as parsed.
        profiles: from `profile_shapes`.
        precision: from `check_precision`.
        layers: from `heavy_layers`.
        weights: how many weights it has.
        built: its layers after fusion in the builder's log, for engines that the library cannot load here.
        keep_onnx: whether the ONNX file will be kept; otherwise the report does not name it.

    Raises:
        ExportError: if the library cannot load an engine that it built for the GPU here.
    """
    read, reason = _read_back(backend, path)
    inputs, outputs = (read.inputs, read.outputs) if read else _tensors(network, profiles)
    built = (read and read.named_layers) or built
    fused = dict(collections.Counter(layer["LayerType"] for layer in built if layer.get("LayerType"))) or None
    report = EngineReport(
        engine=name,
        bytes=path.stat().st_size,
        sha256=_sha256(path),
        onnx=OnnxFile(onnx_path.name if keep_onnx else None, _sha256(onnx_path)),
        backend=backend.name,
        version=backend.trt.__version__,
        compute_capabilities=tuple(options.compute_capabilities) or (PORTABLE if backend.rtx else None),
        inputs=inputs,
        outputs=outputs,
        layers=Layers(network.num_layers, read.layers if read else None, fused),
        formats=read.formats if read else None,
        options=given(options),
        timing_cache=TimingCache(options.timing_cache.name, used=not backend.rtx) if options.timing_cache else None,
        measured={
            "read_back": "yes" if read else f"no: {reason}",
            "inputs, outputs": "engine" if read else "strongly typed network that the engine was built from",
            "heavy_layers, precision": "strongly typed network that the engine was built from",
            "fused": "engine" if read and read.named_layers else "builder's log",
            "weights": "bytes: the builder's log of the engine; elements: the ONNX file",
        },
        precision=precision,
        heavy_layers=layers,
        weights=weights,
    )
    return report, built


def describe(report: EngineReport) -> list[str]:
    """Return the lines that a command prints about an engine."""
    capabilities, weights = report.compute_capabilities, report.weights
    where = f"compute capability {', '.join(capabilities)}" if capabilities else "the GPU here"
    heavy = [f"{n} {kind.lower()} {p}" for kind, counts in report.heavy_layers.items() for p, n in counts.items()]
    fused = f"{report.layers.engine} layers, " if report.layers.engine else ""
    lines = [
        f"{report.engine}: {report.backend} {report.version} for {where}, {report.bytes / 1e6:.1f} MB",
        f"precision {report.precision}: {', '.join(heavy) or 'no convolution or matrix product'}",
        f"{fused}{report.layers.network} layers before fusion",
    ]
    if report.layers.fused:
        kinds = sorted(report.layers.fused.items(), key=lambda item: -item[1])
        lines.append(f"after fusion: {', '.join(f'{n} {kind}' for kind, n in kinds)}")
    if report.options:
        lines.append(f"options: {', '.join(f'{BUILDER_OPTIONS[name].flag} {x}' for name, x in report.options.items())}")
    if weights.bytes:
        lines.append(f"weights: {weights.elements} numbers in {weights.bytes} bytes of the engine")
    for tensor in report.inputs + report.outputs:
        name = f"{tensor.name} {tensor.dtype} {_shape(tensor.shape)}"
        lines += [" ".join([name, *_named(profile)]) for profile in tensor.profiles] or [name]
    if report.timing_cache and not report.timing_cache.used:
        lines.append("timing cache not used: TensorRT for RTX measures kernels where the engine runs")
    if not report.is_read_back:
        lines.append(f"not read back: {report.measured['read_back'].removeprefix('no: ')}")
    return lines


def _shape(shape):
    return "x".join("?" if n < 0 else str(n) for n in shape)


def _named(profile):
    return [f"{kind} {_shape(shape)}" for kind, shape in zip(("min", "opt", "max"), profile, strict=True)]


def _tensors(network, profiles):
    def entry(tensor):
        ranges = [ranges[tensor.name] for ranges in profiles if tensor.name in ranges]
        return _tensor(tensor.name, tensor.dtype, tensor.shape, ranges)

    inputs = tuple(entry(network.get_input(i)) for i in range(network.num_inputs))
    return inputs, tuple(entry(network.get_output(i)) for i in range(network.num_outputs))  # outputs have no profile


def _tensor(name, dtype, shape, ranges):
    fields: dict[str, Any] = {}
    if ranges:
        fields = {**dict(zip(("min", "opt", "max"), ranges[0], strict=True)), "further": tuple(ranges[1:])}
    return EngineTensor(name, type_name(dtype), tuple(shape), **fields)


class _ReadBack(NamedTuple):
    """Properties that the library reports of a loaded engine."""

    inputs: tuple[EngineTensor, ...]
    outputs: tuple[EngineTensor, ...]
    layers: int
    formats: dict[str, int]
    named_layers: list[Layer]


def _read_back(backend, path):
    """Load and inspect an engine: (`_ReadBack`, None), or (None, why the library cannot load it here)."""
    trt, log = backend.trt, capturing_logger(backend.trt)
    engine = trt.Runtime(log).deserialize_cuda_engine(path.read_bytes())
    if engine is None:
        if not backend.rtx:  # it was built for the GPU here
            raise ExportError(f"the built engine cannot be loaded: {log.first_error()}; not kept")
        return None, missing_gpu() or log.first_error()
    inputs: list[EngineTensor] = []
    outputs: list[EngineTensor] = []
    for name in map(engine.get_tensor_name, range(engine.num_io_tensors)):
        is_input = engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
        shape = tuple(engine.get_tensor_shape(name))
        profiles = range(engine.num_optimization_profiles) if is_input and -1 in shape else ()
        ranges = [tuple(map(tuple, engine.get_tensor_profile_shape(name, index))) for index in profiles]
        tensor = _tensor(name, engine.get_tensor_dtype(name), shape, ranges)
        (inputs if is_input else outputs).append(tensor)
    text = engine.create_engine_inspector().get_engine_information(trt.LayerInformationFormat.JSON)
    layers = [layer for layer in json.loads(text).get("Layers", []) if isinstance(layer, dict)]
    return _ReadBack(tuple(inputs), tuple(outputs), engine.num_layers, _formats(layers), layers), None


def _formats(layers):
    """Count the engine's layers by the type they write, in the inspector's words, which differ between versions."""
    counts: collections.Counter[str] = collections.Counter()
    for layer in layers:
        for tensor in layer.get("Outputs", []):
            counts.update(str(value) for key, value in tensor.items() if "datatype" in key.lower().replace(" ", ""))
    return dict(counts)


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
