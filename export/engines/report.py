"""What an engine is: read back from the library where it allows that, else from the network it was built of."""

import collections
import hashlib
import json
from pathlib import Path

from hop_tf.export.engines.precision import type_name
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.tensorrt_library import capturing_logger

PORTABLE = ["8.0", "8.6", "8.9", "12.0", "later"]  # as TensorRT for RTX documents its default


def engine_report(onnx_path, path, backend, options, network, profile):
    """Describes a built engine.

    Args:
        onnx_path: path of the ONNX file it was built from.
        path: path of the engine.
        backend: `Backend`.
        options: `EngineOptions`.
        network: `trt.INetworkDefinition`, as parsed.
        profile: from `profile_shapes`.

    Returns:
        dict for JSON: "bytes", "sha256", "onnx" (file and SHA-256), "backend", "version", "compute_capabilities" (None:
        the GPU it was built on), "inputs" and "outputs" (name, dtype, shape with -1 where dynamic; min, opt and max
        for dynamic inputs), "layers" ("network": as parsed; "engine": after fusion, None if not read back), "formats"
        (how many of the engine's layers write each type, in the library's words), "tf32", "workspace_mib",
        "timing_cache", and "measured", which says where these come from.
    """
    tensors = _tensors(network, profile)
    read, reason = _read_back(backend, path)
    return {
        "bytes": path.stat().st_size,
        "sha256": _sha256(path),
        "onnx": {"file": Path(onnx_path).name, "sha256": _sha256(onnx_path)},
        "backend": backend.name,
        "version": backend.trt.__version__,
        "compute_capabilities": list(options.compute_capabilities) or (PORTABLE if backend.rtx else None),
        **(read.pop("tensors") if read else tensors),
        "layers": {"network": network.num_layers, "engine": read["layers"] if read else None},
        "formats": read["formats"] if read else None,
        "tf32": options.tf32,
        "workspace_mib": options.workspace_mib,
        "timing_cache": {"file": options.timing_cache.name, "used": not backend.rtx} if options.timing_cache else None,
        "measured": {
            "read_back": "yes" if read else f"no: {reason}",
            "inputs, outputs": "engine" if read else "strongly typed network that the engine was built from",
            "heavy_layers, precision": "strongly typed network that the engine was built from",
            "weights": "bytes: the builder's log of the engine; elements: the ONNX file",
        },
    }


def describe(report):
    """The lines that a command prints about an engine: list of str."""
    capabilities = report["compute_capabilities"]
    where = f"compute capability {', '.join(capabilities)}" if capabilities else "the GPU here"
    layers, weights = report["layers"], report["weights"]
    heavy = [f"{n} {kind.lower()} {p}" for kind, counts in report["heavy_layers"].items() for p, n in counts.items()]
    fused = f"{layers['engine']} layers, " if layers["engine"] else ""
    lines = [
        f"{report['engine']}: {report['backend']} {report['version']} for {where}, {report['bytes'] / 1e6:.1f} MB",
        f"precision {report['precision']}: {', '.join(heavy) or 'no convolution or matrix product'}",
        f"{fused}{layers['network']} layers before fusion",
    ]
    if weights["bytes"]:
        lines.append(f"weights: {weights['elements']} numbers in {weights['bytes']} bytes of the engine")
    for tensor in report["inputs"] + report["outputs"]:
        shapes = [f"{kind} {_shape(tensor[kind])}" for kind in ("min", "opt", "max") if kind in tensor]
        lines.append(" ".join([tensor["name"], tensor["dtype"], _shape(tensor["shape"]), *shapes]))
    if report["timing_cache"] and not report["timing_cache"]["used"]:
        lines.append("timing cache not used: TensorRT for RTX measures kernels where the engine runs")
    if report["measured"]["read_back"] != "yes":
        lines.append(f"not read back: {report['measured']['read_back'].removeprefix('no: ')}")
    return lines


def _shape(shape):
    return "x".join("?" if n < 0 else str(n) for n in shape)


def _tensors(network, profile):
    def entry(tensor):
        shapes = zip(("min", "opt", "max"), profile.get(tensor.name, ()), strict=False)  # outputs have no profile
        shape = list(tensor.shape)
        return {"name": tensor.name, "dtype": type_name(tensor.dtype), "shape": shape} | {k: list(v) for k, v in shapes}

    return {
        "inputs": [entry(network.get_input(i)) for i in range(network.num_inputs)],
        "outputs": [entry(network.get_output(i)) for i in range(network.num_outputs)],
    }


def _read_back(backend, path):
    """Loads an engine and asks it what it is: (dict, None), or (None, why the library cannot load it here)."""
    trt, log = backend.trt, capturing_logger(backend.trt)
    engine = trt.Runtime(log).deserialize_cuda_engine(path.read_bytes())
    if engine is None:
        if not backend.rtx:  # it was built for the GPU here
            raise ExportError(f"the engine built cannot be loaded: {log.first_error()}; not kept")
        return None, missing_gpu() or log.first_error()
    tensors = {"inputs": [], "outputs": []}
    for name in map(engine.get_tensor_name, range(engine.num_io_tensors)):
        is_input = engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
        shape = list(engine.get_tensor_shape(name))
        entry = {"name": name, "dtype": type_name(engine.get_tensor_dtype(name)), "shape": shape}
        if is_input and -1 in shape:
            shapes = engine.get_tensor_profile_shape(name, 0)
            entry |= {kind: list(shape) for kind, shape in zip(("min", "opt", "max"), shapes, strict=True)}
        tensors["inputs" if is_input else "outputs"].append(entry)
    return {"tensors": tensors, "layers": engine.num_layers, "formats": _formats(trt, engine)}, None


def _formats(trt, engine):
    """Counts what the engine's layers write by type, in the inspector's words, which differ between versions."""
    text = engine.create_engine_inspector().get_engine_information(trt.LayerInformationFormat.JSON)
    counts = collections.Counter()
    for layer in json.loads(text).get("Layers", []):
        for tensor in layer.get("Outputs", []) if isinstance(layer, dict) else []:
            counts.update(str(value) for key, value in tensor.items() if "datatype" in key.lower().replace(" ", ""))
    return dict(counts)


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
