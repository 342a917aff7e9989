import keras
import numpy as np
import pytest

from helpers.goldens import golden_files
from helpers.hop_weights import draw_hop_weights, output_of, set_hop_weights
from helpers.numpy_reference import local_hop
from hop_tf.layers import LocalHOP


def run(layer, weights, appearance, opacity):
    set_hop_weights(layer, weights, appearance.shape, opacity.shape)
    return keras.ops.convert_to_numpy(keras.ops.cast(layer(appearance, opacity), "float32"))


@pytest.mark.backends
@pytest.mark.parametrize("path", golden_files("blocks", "local_*.npz"))
def test_equals_the_released_block(path):
    golden = np.load(path)
    weights = {name[2:]: golden[name] for name in golden if name.startswith("w/")}
    output = run(LocalHOP(int(golden["ksize"])), weights, golden["appearance"], golden["opacity"])
    assert np.abs(output - golden["output"]).max() <= 2e-5


def draw(rng, height, width, batch=1):
    appearance = rng.standard_normal((batch, height, width, 8)).astype("float32")
    return appearance, rng.standard_normal((batch, height, width, 6)).astype("float32")


def expected(appearance, opacity, weights, *args):
    y = np.stack([local_hop(a, o, weights, *args) for a, o in zip(appearance, opacity, strict=True)])
    return output_of(opacity, y, weights)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (4, 4), (5, 8), (8, 16), (9, 17)])
@pytest.mark.parametrize("window_size", [1, 3, 5, 9])
def test_equals_the_equations_at_any_size(window_size, size):
    rng = np.random.default_rng(1)
    appearance, opacity = draw(rng, *size)
    weights = draw_hop_weights(rng, 8, 6, 4)
    output = run(LocalHOP(window_size), weights, appearance, opacity)
    assert np.abs(output - expected(appearance, opacity, weights, window_size)).max() <= 2e-5


@pytest.mark.parametrize("positional_encoding", [True, False])
@pytest.mark.parametrize("tile_size", [3, 8])
def test_equals_the_equations_in_batches_whatever_the_tile_size(positional_encoding, tile_size):
    rng = np.random.default_rng(2)
    appearance, opacity = draw(rng, 7, 10, batch=3)
    weights = draw_hop_weights(rng, 8, 6, 4)
    layer = LocalHOP(7, positional_encoding=positional_encoding, tile_size=tile_size)
    output = run(layer, weights, appearance, opacity)
    assert np.abs(output - expected(appearance, opacity, weights, 7, positional_encoding)).max() <= 2e-5


@pytest.mark.backends
@pytest.mark.parametrize("limit, height", [(1e-6, 20), (0.25, 33)])
def test_attention_a_few_rows_of_tiles_at_a_time_equals_the_equations(limit, height):
    rng = np.random.default_rng(5)
    appearance, opacity = draw(rng, height, 9, batch=2)
    weights = draw_hop_weights(rng, 8, 6, 4)
    output = run(LocalHOP(5, attention_memory_mb=limit), weights, appearance, opacity)
    assert np.abs(output - expected(appearance, opacity, weights, 5)).max() <= 2e-5


def test_attention_is_split_up_beyond_its_limit_but_not_in_training():
    import tensorflow as tf

    def gathers(mb, training=False, size=512):
        layer = LocalHOP(9, attention_memory_mb=mb)
        specs = [tf.TensorSpec((1, size, size, channels)) for channels in (16, 32)]
        graph = tf.function(lambda *inputs: layer(*inputs, training=training)).get_concrete_function(*specs).graph
        return sum(operation.type == "GatherV2" for operation in graph.get_operations())

    assert gathers(512, size=256) == gathers(None) == gathers(512, training=True) < gathers(512)


def test_equals_the_equations_where_norms_are_near_zero():
    rng = np.random.default_rng(3)
    appearance, opacity = draw(rng, 6, 6)
    weights = draw_hop_weights(rng, 8, 6, 4)
    weights["guidance_conv.bias"] *= 0
    appearance[:, :3] *= 1e-5  # norms below the floor of 1e-4
    appearance[:, :, 0] = 0
    output = run(LocalHOP(5), weights, appearance, opacity)
    assert np.abs(output - expected(appearance, opacity, weights, 5)).max() <= 2e-5


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_stays_near_float32(policy):
    rng = np.random.default_rng(4)
    appearance, opacity = draw(rng, 16, 16)
    weights = draw_hop_weights(rng, 8, 6, 4)
    full = run(LocalHOP(9), weights, appearance, opacity)
    half = run(LocalHOP(9, dtype=policy), weights, appearance, opacity)
    assert np.isfinite(half).all()
    assert np.abs(half - full).max() <= (5e-3 if policy == "mixed_float16" else 4e-2) * np.abs(full).max()


def test_config_round_trips():
    layer = LocalHOP(
        5,
        key_dim=8,
        positional_encoding=False,
        tile_size=4,
        attention_memory_mb=None,
        bn_epsilon=1e-5,
        dtype="mixed_float16",
    )
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize("window_size", [0, 4, -3])
def test_refuses_a_window_without_a_centre(window_size):
    with pytest.raises(ValueError, match=f"odd and positive. Received: window_size={window_size}"):
        LocalHOP(window_size)
