import keras
import numpy as np
import pytest
from keras import ops

from helpers.goldens import DATA
from hop_tf.layers import SpectralConv2D, SpectralConv2DTranspose

GOLDEN = np.load(DATA / "goldens/blocks/spectral_norm_train_step.npz")


def to_keras_rows(v, kernel):
    channels, height, width = kernel.shape[1:]
    return v.reshape(channels, height, width).transpose(1, 2, 0).ravel()


def nhwc(name):
    return GOLDEN[name].transpose(0, 2, 3, 1)


LAYERS = {
    "conv3x3": lambda: SpectralConv2D(8, 3, padding="same"),
    "conv1x1": lambda: SpectralConv2D(7, 1),
    "deconv4x4": lambda: SpectralConv2DTranspose(4, 4, 2, "same"),
}


def layer_before_step(name):
    layer, kernel = LAYERS[name](), GOLDEN[f"{name}/kernel"]
    layer.build(nhwc(f"{name}/x").shape)
    layer.kernel.assign(kernel.transpose(2, 3, 1, 0))
    layer.u.assign(GOLDEN[f"{name}/u"])
    layer.v.assign(to_keras_rows(GOLDEN[f"{name}/v"], kernel))
    return layer


def step(layer, x):
    """Output, gradient of the mean square with respect to the kernel, new u, new v: by whichever backend runs."""
    if keras.backend.backend() == "jax":
        import jax

        def loss(trainable):
            fixed = [v.value for v in layer.non_trainable_variables]
            y, after = layer.stateless_call(trainable, fixed, x, training=True)
            return ops.mean(ops.square(y)), (y, after)

        gradients, (y, after) = jax.grad(loss, has_aux=True)([v.value for v in layer.trainable_variables])
        for variable, value in zip(layer.non_trainable_variables, after, strict=True):
            variable.assign(value)
        return np.array(y), np.array(gradients[0]), np.array(layer.u), np.array(layer.v)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        y = layer(x, training=True)
        loss = ops.mean(ops.square(y))
    gradient = tape.gradient(loss, layer.kernel.value)
    return np.array(y), np.array(gradient), np.array(layer.u), np.array(layer.v)


@pytest.mark.backends
@pytest.mark.parametrize("name", LAYERS)
def test_train_step_equals_the_released_spectral_norm(name):
    layer = layer_before_step(name)
    y, gradient, u, v = step(layer, nhwc(f"{name}/x"))
    assert np.abs(y - nhwc(f"{name}/y_train")).max() <= 1e-5
    assert np.abs(gradient - GOLDEN[f"{name}/grad_kernel"].transpose(2, 3, 1, 0)).max() <= 1e-5
    assert np.abs(u - GOLDEN[f"{name}/u_after"]).max() <= 1e-5
    assert np.abs(v - to_keras_rows(GOLDEN[f"{name}/v_after"], GOLDEN[f"{name}/kernel"])).max() <= 1e-5


@pytest.mark.parametrize("name", LAYERS)
def test_inference_uses_the_stored_vectors_and_leaves_them(name):
    layer = layer_before_step(name)
    layer(nhwc(f"{name}/x"), training=True)
    u = np.array(layer.u)
    y = ops.convert_to_numpy(layer(nhwc(f"{name}/x")))
    assert np.abs(y - nhwc(f"{name}/y_eval_after")).max() <= 1e-5
    assert (np.array(layer.u) == u).all()


@pytest.mark.parametrize("name", LAYERS)
def test_training_leaves_the_kernel_as_it_is(name):
    layer = layer_before_step(name)
    kernel = np.array(layer.kernel)
    layer(nhwc(f"{name}/x"), training=True)
    assert (np.array(layer.kernel) == kernel).all()


def test_a_frozen_layer_keeps_its_vectors():
    layer = layer_before_step("conv3x3")
    layer.trainable = False
    u = np.array(layer.u)
    layer(nhwc("conv3x3/x"), training=True)
    assert (np.array(layer.u) == u).all()


def test_estimated_norm_is_the_largest_singular_value():
    left, _, right = np.linalg.svd(np.random.default_rng(0).standard_normal((45, 16)), full_matrices=False)
    matrix = (left * np.geomspace(3, 0.1, 16)) @ right  # singular values far enough apart for 50 iterations
    layer = SpectralConv2D(16, 3)
    layer.build((None, None, None, 5))
    layer.kernel.assign(matrix.reshape(3, 3, 5, 16))
    layer.estimate_spectral_norm()
    np.testing.assert_allclose(np.array(layer.normalized_kernel()), matrix.reshape(3, 3, 5, 16) / 3, atol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_computes_in_half_and_stores_in_float32(policy):
    layer = SpectralConv2D(4, 3, dtype=policy)
    y = layer(np.ones((1, 8, 8, 2), "float32"))
    assert keras.backend.standardize_dtype(y.dtype) == policy.removeprefix("mixed_")
    assert {variable.dtype for variable in layer.variables} == {"float32"}


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        (SpectralConv2D(3, 3), (9, 12)),
        (SpectralConv2D(3, 3, 2), (9, 12)),
        (SpectralConv2D(3, 3, 2, "same"), (9, 12)),
        (SpectralConv2DTranspose(3, 4, 2, "same"), (5, 6)),
        (SpectralConv2DTranspose(3, 4, 2, "valid"), (5, 6)),
    ],
)
def test_announced_output_shape_is_the_real_one(layer, size):
    x = np.ones((2, *size, 5), "float32")
    announced = layer.compute_output_shape(x.shape)
    assert announced == tuple(layer(x).shape)
    assert layer.compute_output_shape((None, None, None, 5)) == (None, None, None, 3)


def test_config_round_trips():
    for layer in (SpectralConv2D(4, 3, 2, "same"), SpectralConv2DTranspose(4, 4, 2, "same")):
        copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        assert copy.get_config() == layer.get_config()


@pytest.mark.backends
def test_trains_in_a_model_that_builds_its_layers_when_first_called():
    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = SpectralConv2D(3, 3, padding="same")

        def call(self, x):
            return self.conv(x)

    model = Model()
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).standard_normal((2, 8, 8, 3)).astype("float32")
    assert np.isfinite(model.fit(x, x, verbose=0).history["loss"]).all()
    norm = np.linalg.norm(np.array(model.conv.normalized_kernel()).reshape(-1, 3), 2)
    assert norm == pytest.approx(1, rel=0.2)
