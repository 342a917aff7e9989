import keras
import numpy as np
from keras import ops


def sinusoid_table(max_distance, embedding_dim):
    """Sinusoids of the positions `max_distance, ..., 1, 0`, in this order.

    Row `t` holds the `embedding_dim / 2` sines and then the `embedding_dim / 2` cosines of position
    `max_distance - t`, so that distance 0 reads the last position. The released weights were trained with this
    reversed order.

    Returns:
        float32 array `[max_distance + 1, embedding_dim]` in -1..1.
    """
    positions = np.arange(max_distance, -1, -1.0)[:, None]
    frequencies = 10000.0 ** (-2.0 * np.arange(embedding_dim // 2) / embedding_dim)
    angles = positions * frequencies
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype("float32")


@keras.saving.register_keras_serializable(package="hop_tf")
class OffsetEmbedding(keras.layers.Layer):
    """Embeds the distance between two pixels along one axis (Section 3.4, "positional encoding").

    A learned dense layer maps the sinusoid of every distance `0..max_distance` to its embedding; one table serves
    rows and columns, so the embedding of an offset `(dy, dx)` is `e[|dy|] + e[|dx|]`.

    Args:
        max_distance: int, the largest distance of its own; larger ones share its embedding.
        embedding_dim: int, even, length of an embedding.

    Call arguments:
        distances: int array of any shape, `>= 0`.

    Returns:
        float32 `[*distances.shape, embedding_dim]`, whatever the dtype policy: it enters attention scores.

    Raises:
        ValueError: if `embedding_dim` is odd or below 2.

    Example:
        >>> OffsetEmbedding(max_distance=7, embedding_dim=32)([0, 1, 2]).shape
        (3, 32)
    """

    def __init__(self, max_distance, embedding_dim, **kwargs):
        super().__init__(**kwargs)
        if embedding_dim < 2 or embedding_dim % 2:
            raise ValueError(f"`embedding_dim` must be even and at least 2. Received: embedding_dim={embedding_dim}")
        self.max_distance = max_distance
        self.embedding_dim = embedding_dim

    def build(self, input_shape=None):
        dim = self.embedding_dim
        self.kernel = self.add_weight(name="kernel", shape=(dim, dim), initializer="glorot_uniform", autocast=False)
        self.bias = self.add_weight(name="bias", shape=(dim,), initializer="zeros", autocast=False)
        self.built = True

    def call(self, distances):
        table = ops.convert_to_tensor(sinusoid_table(self.max_distance, self.embedding_dim))
        embeddings = ops.matmul(table, self.kernel) + self.bias
        return ops.take(embeddings, ops.minimum(distances, self.max_distance), axis=0)

    def compute_output_spec(self, distances):
        return keras.KerasTensor((*distances.shape, self.embedding_dim), dtype="float32")

    def get_config(self):
        return {**super().get_config(), "max_distance": self.max_distance, "embedding_dim": self.embedding_dim}
