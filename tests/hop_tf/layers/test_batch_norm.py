import keras
import numpy as np
import pytest

from hop_tf.layers import BatchNormalization

pytestmark = pytest.mark.backends


def trained(layer, x, upstream):
    """Output, gradients of input, gamma and beta, and the running statistics, after one step."""
    layer.build(x.shape)
    rng = np.random.default_rng(1)
    layer.gamma.assign(rng.uniform(0.5, 2, x.shape[-1]))
    layer.beta.assign(rng.normal(size=x.shape[-1]))
    x = keras.ops.cast(x, layer.compute_dtype)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        gradients = tape.gradient(y, [x, layer.gamma.value, layer.beta.value], keras.ops.cast(upstream, y.dtype))
    else:
        y, gradients = layer(x, training=True), []
    return [np.asarray(keras.ops.cast(v, "float32")) for v in (y, *gradients, *layer.non_trainable_variables)]


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("mixed_bfloat16", 2e-2), ("mixed_float16", 3e-3)])
@pytest.mark.parametrize("shape", [(2, 6, 5, 4), (1, 1, 2, 3)])
def test_trains_as_the_layer_of_keras_does(dtype, tolerance, shape):
    rng = np.random.default_rng(0)
    x = rng.normal(1, 2, shape).astype("float32")
    upstream = rng.normal(size=x.shape).astype("float32")
    options = {"momentum": 0.9, "epsilon": 1e-3, "dtype": dtype}
    results = [trained(kind(**options), x, upstream) for kind in (BatchNormalization, keras.layers.BatchNormalization)]
    for ours, expected in zip(*results, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the kernel is TensorFlow's")
def test_the_fused_kernel_is_what_trains():
    import tensorflow as tf

    layer = BatchNormalization(dtype="mixed_bfloat16")
    layer.build((2, 4, 4, 3))
    graph = tf.function(lambda x: layer(x, training=True)).get_concrete_function(tf.zeros((2, 4, 4, 3))).graph
    assert "FusedBatchNormV3" in {operation.type for operation in graph.get_operations()}


def test_frozen_it_keeps_its_statistics():
    layer = BatchNormalization()
    layer.trainable = False
    layer(np.random.default_rng(0).normal(3, 2, (2, 4, 4, 3)).astype("float32"), training=True)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(3))
