"""Gradients outside of training, on the backends that have them."""

import keras


def value_and_gradient(function, x):
    """A scalar and its derivative by a tensor.

    Args:
        function: takes a tensor, returns a tensor with one element, without side effects.
        x: tensor of floats.

    Returns:
        The scalar, and a tensor of the shape of `x`, 0 where the scalar does not depend on it.

    Raises:
        NotImplementedError: on a backend other than TensorFlow and JAX.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y, tape.gradient(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    if backend == "jax":
        import jax

        return jax.jit(jax.value_and_grad(function))(x)
    raise NotImplementedError(f"Gradients need KERAS_BACKEND=tensorflow or jax. Received: {backend}")
