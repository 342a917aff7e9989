import keras
import numpy as np
import pytest
from keras import layers

from hop_tf import HOPMatting, fuse
from hop_tf.layers import LocalHOP, ReflectPadding2D, SpectralConv2D


def drawn(model):
    """Gives a model random weights, with statistics of BatchNorm that are far from 0 and 1."""
    rng = np.random.default_rng(0)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            n = layer.gamma.shape[0]
            layer.set_weights(
                [rng.normal(1, 0.3, n), rng.normal(0, 0.3, n), rng.normal(0, 0.3, n), rng.uniform(0.5, 2, n)]
            )
    return model


def inputs(batch=2):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (batch, 64, 96, 3))
    return {"image": np.float32(image), "trimap": np.float32(rng.choice([0, 128, 255], (batch, 64, 96, 1)))}


def largest_difference(model, data):
    return np.abs(np.array(fuse(model)(data)) - np.array(model(data))).max()


@pytest.mark.parametrize(
    "config", [{}, {"attention": "self", "global_stride": 1}, {"trimap_embedding": False}], ids=str
)
def test_a_fused_network_gives_the_same_alpha(config):
    assert largest_difference(drawn(HOPMatting(width=0.25, **config)), inputs()) <= 1e-5


@pytest.fixture(scope="module")
def network():
    return drawn(HOPMatting(width=0.25))


@pytest.fixture(scope="module")
def fused(network):
    return fuse(network)


def test_nothing_that_only_training_needs_remains(fused):
    kinds = {type(layer) for layer in fused._flatten_layers()}
    assert not kinds & {layers.BatchNormalization, SpectralConv2D, layers.Identity}
    assert sum(isinstance(layer, layers.Rescaling) for layer in fused.layers) == 11  # shortcuts' and the output's


def test_the_network_itself_stays_as_it_is(network):
    before = [np.array(v) for v in network.variables]
    fuse(network)
    assert all(np.array_equal(a, b) for a, b in zip(before, network.variables, strict=True))


@pytest.mark.parametrize("padding, folded", [("valid", True), ("same", False)])
def test_a_norm_after_an_activation_is_folded_only_where_that_is_exact(padding, folded):
    x = keras.Input((16, 16, 3))
    y = ReflectPadding2D()(layers.BatchNormalization()(layers.ReLU()(SpectralConv2D(8, 3)(x))))
    model = drawn(keras.Model(x, SpectralConv2D(4, 3, padding=padding)(y)))
    assert any(isinstance(layer, layers.Rescaling) for layer in fuse(model).layers) != folded
    assert largest_difference(model, np.float32(np.random.default_rng(0).normal(size=(1, 16, 16, 3)))) <= 1e-5


def test_a_norm_that_something_else_reads_too_is_kept():
    x = keras.Input((16, 16, 3))
    norm = layers.BatchNormalization()(SpectralConv2D(8, 1)(x))
    both = LocalHOP(3)(norm, norm)
    before = SpectralConv2D(8, 1)(x)
    model = drawn(keras.Model(x, [both, norm, before, layers.BatchNormalization()(before)]))
    data = np.float32(np.random.default_rng(0).normal(size=(1, 16, 16, 3)))
    for fused, expected in zip(fuse(model)(data), model(data), strict=True):
        assert np.abs(np.array(fused) - np.array(expected)).max() <= 1e-5


@pytest.mark.parametrize("options", [{"scale": False}, {"center": False}], ids=str)
def test_a_norm_without_scale_or_offset_is_folded(options):
    x = keras.Input((16, 16, 3))
    norm = layers.BatchNormalization(**options)
    model = keras.Model(x, norm(SpectralConv2D(8, 3)(x)))
    norm.moving_mean.assign(np.linspace(-1, 1, 8))
    norm.moving_variance.assign(np.linspace(0.5, 2, 8))
    assert largest_difference(model, np.float32(np.random.default_rng(0).normal(size=(1, 16, 16, 3)))) <= 1e-5


def test_a_fused_network_can_be_fused_again(fused):
    assert largest_difference(fused, inputs()) == 0


def test_layers_that_are_called_twice_or_by_another_model_are_refused():
    x = keras.Input((16, 16, 3))
    conv, norm = SpectralConv2D(3, 1), layers.BatchNormalization()
    with pytest.raises(ValueError, match="called once"):
        fuse(keras.Model(x, conv(norm(conv(x)))))
    y = keras.Input((16, 16, 3))
    with pytest.raises(ValueError, match="one model"):
        fuse(keras.Model(y, norm(y)))
    other = layers.BatchNormalization(axis=1)
    with pytest.raises(ValueError, match="last axis"):
        fuse(keras.Model(x, other(x)))


def test_a_fused_network_is_saved_and_loaded(tmp_path, fused):
    fused.save(tmp_path / "fused.keras")
    assert np.array_equal(keras.models.load_model(tmp_path / "fused.keras")(inputs()), fused(inputs()))
