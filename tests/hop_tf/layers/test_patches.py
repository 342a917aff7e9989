"""`extract_patches` equals the operations of that name in TensorFlow and Keras, on mirrored borders."""

import keras
import numpy as np
import pytest

from hop_tf.layers import extract_patches
from hop_tf.layers.cells import depth_to_space

SIZES = [(3, 1), (16, 8), (12, 8), (8, 8), (5, 1), (1, 1), (4, 2), (7, 3)]
MAPS = [(1, 1), (2, 3), (8, 8), (9, 17), (24, 16)]


def draw(height, width, channels=3, batch=2):
    return np.random.default_rng(0).standard_normal((batch, height, width, channels)).astype("float32")


def padded(x, size, stride):
    halo = (size - stride) // 2
    return np.pad(x, [(0, 0), *((halo, halo + -n % stride) for n in x.shape[1:3]), (0, 0)], mode="reflect")


@pytest.mark.parametrize("shape", MAPS)
@pytest.mark.parametrize("size, stride", SIZES)
def test_equals_tensorflows_patches_of_the_mirrored_map(size, stride, shape):
    import tensorflow as tf

    x = draw(*shape)
    steps, window = [1, stride, stride, 1], [1, size, size, 1]
    expected = tf.image.extract_patches(padded(x, size, stride), window, steps, [1, 1, 1, 1], "VALID")
    np.testing.assert_array_equal(extract_patches(x, size, stride), expected)


@pytest.mark.backends
@pytest.mark.parametrize("size, stride", [(3, 1), (12, 8)])
def test_equals_keras_patches_of_the_mirrored_map(size, stride):
    x = draw(9, 17)
    expected = keras.ops.image.extract_patches(padded(x, size, stride), size, stride)
    np.testing.assert_allclose(extract_patches(x, size, stride), expected, atol=1e-6)  # Keras' is a convolution


@pytest.mark.parametrize("dtype", ["float16", "int32"])
def test_keeps_the_dtype(dtype):
    x = keras.ops.cast(10 * draw(5, 6), dtype)
    patches = extract_patches(x, 3, 1)
    assert keras.backend.standardize_dtype(patches.dtype) == dtype
    np.testing.assert_array_equal(patches[..., 12:15], x)  # the centre


@pytest.mark.parametrize("rows", [slice(0, 1), slice(1, 3), slice(2, None)])
def test_some_rows_of_patches_after_another_tensor(rows):
    x = draw(20, 11)
    np.testing.assert_array_equal(extract_patches(x, 12, 8, rows, after=x), extract_patches(x, 12, 8)[:, rows])


def test_equals_itself_where_height_and_width_are_unknown():
    import tensorflow as tf

    dynamic = tf.function(
        lambda x: extract_patches(x, 12, 8), input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32)]
    )
    for shape in [(9, 17), (24, 16)]:
        x = draw(*shape)
        np.testing.assert_array_equal(dynamic(x), extract_patches(x, 12, 8))


@pytest.mark.parametrize("tile", [1, 3, 8])
def test_patches_that_do_not_overlap_are_joined_again(tile):
    x = draw(9, 17)
    np.testing.assert_array_equal(depth_to_space(extract_patches(x, tile, tile), tile)[:, :9, :17], x)


@pytest.mark.parametrize("size, stride", [(2, 1), (4, 8), (3, 0)])
def test_refuses_patches_without_a_centre(size, stride):
    with pytest.raises(ValueError, match=f"even number of pixels. Received: size={size}, stride={stride}"):
        extract_patches(draw(4, 4), size, stride)
