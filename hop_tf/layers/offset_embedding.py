from typing import Any

import keras
import numpy as np
from keras import ops

from hop_tf.layers.types import Shape, Tensor


def sinusoid_table(max_distance: int, embedding_dim: int) -> np.ndarray:
    """Return the sinusoids `r` of the positions `max_distance, ..., 1, 0`, in that order (Section 3.4).

    Row `t` holds the `embedding_dim / 2` sines and then the `embedding_dim / 2` cosines of position
    `max_distance - t`: distance 0 reads the last position. The released weights were trained with this reversed order.

    Args:
        max_distance: int, the largest distance in pixels.
        embedding_dim: int, even, number of sines and cosines of a position.

    Returns:
        float32 array `[max_distance + 1, embedding_dim]` in -1..1.
    """
    positions = np.arange(max_distance, -1, -1.0)[:, None]
    frequencies = 10000.0 ** (-2.0 * np.arange(embedding_dim // 2) / embedding_dim)
    angles = positions * frequencies
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype("float32")


@keras.saving.register_keras_serializable(package="hop_tf")
class OffsetEmbedding(keras.layers.Layer):
    """Embedding of the distance between two pixels along one axis: the positional encoding, PosE (Section 3.4).

    A learned dense layer maps the sinusoid of each distance `0..max_distance` to its embedding, `e[t] = W r[t] + b`.
    Rows and columns share one table: the embedding of an offset `(dy, dx)` is `e[|dy|] + e[|dx|]`.

    Args:
        max_distance: int, the largest distance with an embedding of its own; larger distances share it.
        embedding_dim: int, even, length of an embedding.

    Call arguments:
        distances: int array of any shape, at least 0, in pixels.

    Returns:
        float32 `[*distances.shape, embedding_dim]` under every dtype policy, because it enters attention scores.

    Raises:
        ValueError: if `embedding_dim` is odd or below 2.

    Example:
        >>> embeddings = OffsetEmbedding(max_distance=7, embedding_dim=32)(np.array([0, 1, 2]))
        >>> print(embeddings.shape)
        (3, 32)
    """

    def __init__(self, max_distance: int, embedding_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        if embedding_dim < 2 or embedding_dim % 2:
            raise ValueError(f"`embedding_dim` must be even and at least 2. Received: embedding_dim={embedding_dim}")
        self.max_distance = max_distance
        self.embedding_dim = embedding_dim

    def build(self, input_shape: Shape | None = None) -> None:
        dim = self.embedding_dim
        self.kernel = self.add_weight(name="kernel", shape=(dim, dim), initializer="glorot_uniform", autocast=False)
        self.bias = self.add_weight(name="bias", shape=(dim,), initializer="zeros", autocast=False)
        self.built = True

    def call(self, distances: Tensor) -> Tensor:
        table = ops.convert_to_tensor(sinusoid_table(self.max_distance, self.embedding_dim))
        embeddings = ops.matmul(table, self.kernel) + self.bias
        return ops.take(embeddings, ops.minimum(distances, self.max_distance), axis=0)

    def compute_output_spec(self, distances: Tensor) -> keras.KerasTensor:
        return keras.KerasTensor((*distances.shape, self.embedding_dim), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "max_distance": self.max_distance, "embedding_dim": self.embedding_dim}
