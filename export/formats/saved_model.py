"""TensorFlow's SavedModel: loads without Keras and without this project."""


def write(job, path):
    """Writes a SavedModel with the signature `serving_default`.

    Args:
        job: `hop_tf.export.job.Job`.
        path: `Path` of the folder to write.
    """
    import tensorflow as tf

    graph = job.graph()
    inputs = {name: tf.TensorSpec(x.shape, x.dtype, name) for name, x in graph.input.items()}
    module = tf.Module()
    module.weights = [variable.value for variable in graph.variables]  # `keras.Model.export` would store them twice
    module.serve = tf.function(lambda image, trimap: graph({"image": image, "trimap": trimap}))
    tf.saved_model.save(module, path, {"serving_default": module.serve.get_concrete_function(**inputs)})


def count(path):
    """How many operations the signature's graph has."""
    import tensorflow as tf

    return len(tf.saved_model.load(str(path)).signatures["serving_default"].graph.get_operations())
