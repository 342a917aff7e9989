"""TensorRT engines, from the ONNX file of the same precision."""

import dataclasses
import importlib.util

from hop_tf.inference.engine_report import EngineReport


def write(job, path, source):
    """Builds an engine, with a report beside it.

    Args:
        job: `hop_tf.export.job.Job`, precision float32, float16 or int8.
        path: `Path` of the engine to write.
        source: `Path` of the ONNX file.
    """
    from hop_tf.export.engines.building import build_engine
    from hop_tf.export.engines.options import EngineOptions

    build_engine(source, path, dataclasses.replace(job.engine or EngineOptions(), precision=job.precision))


def count(path):
    """How many layers the engine has; those before fusion where it cannot be read back."""
    layers = EngineReport.read(path).layers
    return layers.engine or layers.network


def runs_here(path):
    """Whether the engine is one for the GPU in this machine, and there is what runs it."""
    return EngineReport.read(path).is_read_back and importlib.util.find_spec("cuda") is not None


def shapes(path):
    """The smallest and the best shape (batch, height, width) of its profile, or the only one that it takes."""
    image = EngineReport.read(path).input("image")
    return [shape[:3] for shape in (image.min, image.opt) if shape] or [image.shape[:3]]
