"""The attention of one pixel: weights that are >= 0, sum to 1 and make up what the block propagates there."""

import keras
import numpy as np
import pytest

from helpers.hop_weights import draw_hop_weights, set_hop_weights
from hop_tf.layers import GlobalHOP, LocalHOP
from hop_tf.layers.gradients import value_and_gradient

HEIGHT, WIDTH = 12, 10


def drawn(layer, opacity_channels=6):
    """The layer with random weights, and its inputs for two photos."""
    rng = np.random.default_rng(1)
    inputs = [rng.standard_normal((2, HEIGHT, WIDTH, n)).astype("float32") for n in (8, opacity_channels)]
    if isinstance(layer, GlobalHOP):
        inputs.append(np.eye(3, dtype="float32")[rng.integers(0, 3, (2, HEIGHT, WIDTH))])
    set_hop_weights(layer, draw_hop_weights(rng, 8, opacity_channels, 4, 3), *(x.shape for x in inputs))
    return layer, inputs


@pytest.mark.backends
@pytest.mark.parametrize("pixel", [(5, 4), (0, 3), (11, 9)])
@pytest.mark.parametrize(
    "layer",
    [
        lambda: LocalHOP(5),
        lambda: LocalHOP(9, positional_encoding=False, attention_memory_mb=0.01),
        lambda: GlobalHOP(1, trimap_embedding=False),
        lambda: GlobalHOP(2, attention_memory_mb=0.001),
    ],
    ids=["local", "local in parts", "global", "global in parts"],
)
def test_weights_times_opacity_is_what_the_block_propagates(layer, pixel):
    layer, inputs = drawn(layer())
    weights = np.array(layer.attention_of(pixel, *inputs))
    y = np.array(layer.propagate(*inputs))[:, pixel[0], pixel[1]]
    assert weights.shape == (2, HEIGHT, WIDTH)
    assert weights.min() >= 0
    assert np.abs(np.einsum("bhw,bhwc->bc", weights, inputs[1]) - y).max() <= 2e-6 * np.abs(inputs[1]).max()
    edges = sum(i in (0, n - 1) for i, n in zip(pixel, (HEIGHT, WIDTH), strict=True))
    overlapping = 0.5**edges if getattr(layer, "stride", 1) == 2 else 1
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), overlapping, rtol=1e-5)


def test_a_local_block_looks_at_its_window_and_not_at_the_pixel_itself():
    layer, inputs = drawn(LocalHOP(5))
    attended = np.argwhere(np.array(layer.attention_of((6, 5), *inputs))[0] > 0)
    assert len(attended) == 24
    assert attended.min(axis=0).tolist() == [4, 3] and attended.max(axis=0).tolist() == [8, 7]
    assert [6, 5] not in attended.tolist()


def test_a_window_of_one_pixel_looks_nowhere():
    layer, inputs = drawn(LocalHOP(1))
    assert not np.array(layer.attention_of((6, 5), *inputs)).any()


def test_attention_is_float32_under_half_precision():
    layer, inputs = drawn(LocalHOP(5, dtype="mixed_float16"))
    weights = layer.attention_of((6, 5), *inputs)
    assert keras.backend.standardize_dtype(weights.dtype) == "float32"


def test_a_backend_without_gradients_is_named(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(NotImplementedError, match="KERAS_BACKEND=tensorflow or jax. Received: numpy"):
        value_and_gradient(lambda x: x, 1.0)
