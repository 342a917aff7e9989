"""Gradients outside training, on the backends that compute them."""

from collections.abc import Callable

import keras

from hop_tf.layers.types import Tensor


def value_and_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the value of a scalar function and its gradient with respect to `x`.

    Args:
        function: maps a tensor to a tensor with one element and has no side effects.
        x: float tensor.

    Returns:
        Tuple of the value and the gradient. The gradient has the shape of `x` and is 0 where the value does not depend
        on `x`.

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
