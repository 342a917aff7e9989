"""SavedModel, TensorFlow's format, which loads without Keras and without this project."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hop_tf.export.job import Job


def write(job: "Job", path: Path) -> None:
    """Write a SavedModel with the signature `serving_default`.

    Args:
        job: the export.
        path: the folder to write.
    """
    import tensorflow as tf

    graph = job.graph(job.fused())
    inputs = {name: tf.TensorSpec(x.shape, x.dtype, name) for name, x in graph.input.items()}
    module = tf.Module()
    module.weights = [variable.value for variable in graph.variables]  # `keras.Model.export` would store them twice
    module.serve = tf.function(lambda image, trimap: graph({"image": image, "trimap": trimap}))
    tf.saved_model.save(module, path, {"serving_default": module.serve.get_concrete_function(**inputs)})


def count(path: Path) -> int:
    """Return the number of operations in the signature's graph."""
    import tensorflow as tf

    return len(tf.saved_model.load(str(path)).signatures["serving_default"].graph.get_operations())
