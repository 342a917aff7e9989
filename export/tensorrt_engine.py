"""TensorRT engines, from the ONNX file of the same precision."""

import dataclasses
import json


def write_tensorrt(job, path, source):
    """Builds an engine, with a report beside it.

    Args:
        job: `export.job.Job`, precision float32, float16 or int8.
        path: `Path` of the engine to write.
        source: `Path` of the ONNX file.
    """
    from export.engines.building import build_engine
    from export.engines.options import EngineOptions

    build_engine(source, path, dataclasses.replace(job.engine or EngineOptions(), precision=job.precision))


def load_tensorrt(path):
    """A function of image and trimap that returns the alpha, computed on the GPU; all NumPy arrays."""
    from export.engines.running import load_engine

    return load_engine(path)


def count_tensorrt(path):
    """How many layers the engine has; those before fusion where it cannot be read back."""
    from export.engines.report import report_path

    layers = json.loads(report_path(path).read_text())["layers"]
    return layers["engine"] or layers["network"]
