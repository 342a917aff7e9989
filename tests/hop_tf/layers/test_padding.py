import itertools

import keras
import numpy as np
import pytest

from hop_tf.layers.padding import reflect_pad

PADDINGS = list(itertools.product(((0, 0), (1, 0), (0, 3), (2, 5)), repeat=2))


@pytest.mark.parametrize(("height", "width"), PADDINGS)
@pytest.mark.parametrize("size", [(6, 7), (2, 1)])
def test_borders_are_mirrored_as_by_numpy(size, height, width):
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    expected = np.pad(x, ((0, 0), height, width, (0, 0)), mode="reflect")
    np.testing.assert_array_equal(reflect_pad(x, height, width), expected)


def test_a_size_may_be_unknown_when_the_graph_is_built():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, reflect_pad(inputs, (1, 2), (3, 0)))
    x = np.random.default_rng(0).normal(size=(1, 4, 4, 3)).astype("float32")
    expected = np.pad(x, ((0, 0), (1, 2), (3, 0), (0, 0)), mode="reflect")
    np.testing.assert_array_equal(model(x), expected)
