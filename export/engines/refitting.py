"""Weights for engines that were built without them, or with other ones."""

import dataclasses
import hashlib
import os
from pathlib import Path

from hop_tf.export.errors import ExportError
from hop_tf.inference.engine_report import EngineReport, OnnxFile, report_path
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.tensorrt_library import RTX_MAGIC, capturing_logger, find_backend
from hop_tf.pictures.atomic_write import atomic_write


def refit_engine(
    engine_path: str | os.PathLike, onnx_path: str | os.PathLike, output: str | os.PathLike
) -> EngineReport:
    """Put the weights of an ONNX file into an engine that was built with `strip_weights` or `refit`.

    An engine is native code: refit only those from people you trust.

    Args:
        engine_path: the engine, with its report beside it.
        onnx_path: the ONNX file that the engine was built from or, for `refit`, one of the same graph.
        output: the engine to write, with a report beside it; may be `engine_path`.

    Returns:
        The report of the new engine.

    Raises:
        NetworkError: if the library of the engine is not installed.
        ExportError: if there is no GPU, the library cannot load the engine, or the file lacks some of its weights.
    """
    if no_gpu := missing_gpu():
        raise ExportError(f"{engine_path}: an engine is refitted on a GPU, and {no_gpu}")
    engine_path, onnx_path, output = Path(engine_path), Path(onnx_path), Path(output)
    content, report = engine_path.read_bytes(), EngineReport.read(engine_path)
    backend = find_backend(rtx=content.startswith(RTX_MAGIC))
    trt, log = backend.trt, capturing_logger(backend.trt)
    runtime = trt.Runtime(log)
    engine = runtime.deserialize_cuda_engine(content)
    if engine is None:
        raise ExportError(f"{engine_path}: {backend} cannot load it: {log.first_error()}")
    refitter = trt.Refitter(engine, log)
    parser = trt.OnnxParserRefitter(refitter, log)
    if not parser.refit_from_file(str(onnx_path)) or not refitter.refit_cuda_engine():
        missing = ", ".join(refitter.get_missing_weights()[:3])
        reason = f"the weights {missing} are missing" if missing else log.first_error()
        raise ExportError(f"{engine_path}: {backend} cannot refit it from {onnx_path}: {reason}")
    config = engine.create_serialization_config()
    config.clear_flag(trt.SerializationFlag.EXCLUDE_WEIGHTS)
    content = bytes(engine.serialize_with_config(config))
    report = dataclasses.replace(
        report,
        engine=output.name,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        onnx=OnnxFile(onnx_path.name, hashlib.sha256(onnx_path.read_bytes()).hexdigest()),
    )
    with atomic_write(report_path(output)) as report_aside, atomic_write(output) as aside:
        aside.write_bytes(content)
        report_aside.write_text(report.to_json())
    return report
