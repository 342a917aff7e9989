import keras
import numpy as np
import pytest

from hop_tf.layers import OffsetEmbedding


def test_distance_zero_reads_the_last_position():
    layer = OffsetEmbedding(max_distance=3, embedding_dim=4)
    layer.build()
    layer.kernel.assign(np.eye(4))
    embedding = keras.ops.convert_to_numpy(layer(np.array([0, 1, 2, 3, 9])))
    for distance, position in [(0, 3), (1, 2), (2, 1), (3, 0), (4, 0)]:  # the last asks for distance 9
        angles = [position, position * 0.01]
        np.testing.assert_allclose(embedding[distance], [*np.sin(angles), *np.cos(angles)], atol=1e-6)


def test_embedding_is_float32_under_mixed_precision():
    layer = OffsetEmbedding(7, 8, dtype="mixed_float16")
    layer.build()
    layer.bias.assign(np.full(8, 1 + 2**-20))
    assert keras.backend.standardize_dtype(layer(np.arange(3)).dtype) == "float32"


@pytest.mark.parametrize("dim", [0, 1, 7])
def test_refuses_an_odd_dimension(dim):
    with pytest.raises(ValueError, match=f"Received: embedding_dim={dim}"):
        OffsetEmbedding(7, dim)
