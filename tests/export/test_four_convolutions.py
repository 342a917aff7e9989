import keras
import numpy as np
import pytest

from hop_tf import HOPMatting, fuse
from hop_tf.export.four_convolutions import FourConvolutions, with_four_convolutions


@pytest.mark.parametrize("size", [(1, 1), (3, 5)])
def test_four_convolutions_equal_the_transposed_convolution(size):
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    layer = keras.layers.Conv2DTranspose(4, 4, strides=2, padding="same", bias_initializer="random_normal")
    expected = layer(x)
    four = FourConvolutions.from_config(layer.get_config())
    four.build(x.shape)
    four.set_weights(layer.get_weights())
    np.testing.assert_allclose(four(x), expected, atol=1e-5)


def test_a_fused_network_keeps_its_alpha_and_has_only_four_convolutions():
    fused = fuse(HOPMatting(width=0.25))
    rng = np.random.default_rng(0)
    inputs = {"image": rng.uniform(0, 255, (1, 64, 64, 3)), "trimap": rng.choice([0.0, 128, 255], (1, 64, 64, 1))}
    four = with_four_convolutions(fused)
    kinds = [type(layer) for layer in four.layers]
    assert (kinds.count(FourConvolutions), kinds.count(keras.layers.Conv2DTranspose)) == (5, 0)
    np.testing.assert_allclose(four(inputs), fused(inputs), atol=1e-5)
