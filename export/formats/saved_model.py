"""TensorFlow's SavedModel: loads without Keras and without this project."""


def write_saved_model(job, path):
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


def load_saved_model(path):
    """A function of image and trimap that returns the alpha; all NumPy arrays as in `deployment_graph`."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))  # the signature lives as long as this does

    def run(image, trimap):
        serve = loaded.signatures["serving_default"]
        return serve(image=tf.constant(image), trimap=tf.constant(trimap))["alpha"].numpy()

    return run


def count_saved_model(path):
    """How many operations the signature's graph has."""
    import tensorflow as tf

    return len(tf.saved_model.load(str(path)).signatures["serving_default"].graph.get_operations())
