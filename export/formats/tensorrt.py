"""TensorRT engines, built from the ONNX file of the same precision."""

import dataclasses
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.inference.engine_report import EngineReport

if TYPE_CHECKING:
    from hop_tf.export.job import Job


def write(job: "Job", path: Path, source: Path) -> None:
    """Build an engine, with a report beside it.

    Args:
        job: the export, in float32, float16 or int8.
        path: the engine to write.
        source: the ONNX file, which is not kept.
    """
    from hop_tf.export.engines.building import build_engine
    from hop_tf.export.engines.options import EngineOptions

    options = dataclasses.replace(job.engine or EngineOptions(), precision=job.precision)
    build_engine(source, path, options, keep_onnx=False)


def count(path: Path) -> int:
    """Return the number of layers, before fusion if the engine was not read back."""
    layers = EngineReport.read(path).layers
    return layers.engine or layers.network


def runs_here(path: Path) -> bool:
    """Return whether the engine is one for this machine's GPU and the package that runs it is installed."""
    return EngineReport.read(path).is_read_back and importlib.util.find_spec("cuda") is not None


def shapes(path: Path) -> list[tuple[int, ...]]:
    """Return the smallest and the best shape (batch, height, width) of the engine's profile, or its only shape."""
    image = EngineReport.read(path).input("image")
    return [shape[:3] for shape in (image.min, image.opt) if shape] or [image.shape[:3]]
