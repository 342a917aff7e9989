"""TensorRT engines, from the ONNX file of the same precision."""

import dataclasses
import importlib.util
import json

from hop_tf.inference.runtimes.tensorrt import report_path


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
    layers = _report(path)["layers"]
    return layers["engine"] or layers["network"]


def runs_here(path):
    """Whether the engine is one for the GPU in this machine, and there is what runs it."""
    return _report(path)["measured"]["read_back"] == "yes" and importlib.util.find_spec("cuda") is not None


def shapes(path):
    """The smallest and the best shape (batch, height, width) of its profile, or the only one that it takes."""
    image = next(tensor for tensor in _report(path)["inputs"] if tensor["name"] == "image")
    return [tuple(image[kind][:3]) for kind in ("min", "opt") if kind in image] or [tuple(image["shape"][:3])]


def _report(path):
    return json.loads(report_path(path).read_text())
