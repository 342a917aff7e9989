import keras
import numpy as np
import pytest

from helpers.goldens import golden_files
from helpers.hop_weights import draw_hop_weights, output_of, set_hop_weights
from helpers.numpy_reference import global_hop
from hop_tf.layers import GlobalHOP


def run(layer, weights, *inputs):
    set_hop_weights(layer, weights, *(x.shape for x in inputs))
    return keras.ops.convert_to_numpy(keras.ops.cast(layer(*inputs), "float32"))


@pytest.mark.backends
@pytest.mark.parametrize("path", golden_files("blocks", "global_*.npz"))
def test_equals_the_released_block(path):
    golden = np.load(path)
    weights = {name[2:]: golden[name] for name in golden if name.startswith("w/")}
    trimap_embedding = bool(golden["trimap_embedding"]) if "trimap_embedding" in golden else True
    layer = GlobalHOP(int(golden["rate"]), trimap_embedding=trimap_embedding)
    output = run(layer, weights, golden["appearance"], golden["opacity"], golden["trimap"])
    assert np.abs(output - golden["output"]).max() <= 2e-5


def draw(rng, height, width, batch=1, unknown=None):
    appearance = rng.standard_normal((batch, height, width, 8)).astype("float32")
    opacity = rng.standard_normal((batch, height, width, 6)).astype("float32")
    classes = rng.integers(0, 3, (batch, height, width)) if unknown is None else np.where(unknown, 1, 2)
    trimap = np.broadcast_to(np.eye(3, dtype="float32")[classes], (batch, height, width, 3))
    return appearance, opacity, trimap


def check(layer, inputs, weights):
    ys = [
        global_hop(a, o, t, weights, layer.stride, layer.positional_encoding, layer.trimap_embedding)
        for a, o, t in zip(*inputs, strict=True)
    ]
    expected = output_of(inputs[1], np.stack(ys), weights)
    assert np.abs(run(layer, weights, *inputs) - expected).max() <= 2e-5


@pytest.mark.parametrize("size", [(2, 2), (2, 6), (4, 4), (10, 6), (18, 4)])
@pytest.mark.parametrize("stride", [1, 2])
def test_equals_the_equations_on_grids_below_14(stride, size):
    rng = np.random.default_rng(1)
    inputs = draw(rng, *size)
    check(GlobalHOP(stride), inputs, draw_hop_weights(rng, 8, 6, 4, trimap_channels=3))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("positional_encoding", [True, False])
@pytest.mark.parametrize("trimap_embedding", [True, False])
def test_equals_the_equations_in_batches_with_every_encoding(stride, positional_encoding, trimap_embedding):
    rng = np.random.default_rng(2)
    inputs = draw(rng, 8, 10, batch=2)
    layer = GlobalHOP(stride, positional_encoding=positional_encoding, trimap_embedding=trimap_embedding)
    check(layer, inputs, draw_hop_weights(rng, 8, 6, 4, trimap_channels=3))


@pytest.mark.parametrize("share", ["nothing", "one pixel", "everything"])
@pytest.mark.parametrize("trimap_embedding", [True, False])
def test_equals_the_equations_at_extreme_shares_of_unknown_pixels(share, trimap_embedding):
    rng = np.random.default_rng(3)
    unknown = np.full((1, 8, 8), share == "everything")
    unknown[0, 4, 2] |= share == "one pixel"
    inputs = draw(rng, 8, 8, unknown=unknown)
    layer = GlobalHOP(2, trimap_embedding=trimap_embedding)
    check(layer, inputs, draw_hop_weights(rng, 8, 6, 4, trimap_channels=3))


def test_equals_the_equations_where_norms_are_near_zero():
    rng = np.random.default_rng(4)
    inputs = draw(rng, 8, 8)
    weights = draw_hop_weights(rng, 8, 6, 4, trimap_channels=3)
    weights["guidance_conv.bias"] *= 0
    weights["trimap_embed_conv.bias"] *= 0
    weights["trimap_embed_conv.weight"] *= 0
    inputs[0][:, :4] *= 1e-6
    inputs[0][:, 6:] = 0
    check(GlobalHOP(1), inputs, weights)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_stays_near_float32(policy):
    rng = np.random.default_rng(5)
    inputs = draw(rng, 8, 8)
    weights = draw_hop_weights(rng, 8, 6, 4, trimap_channels=3)
    for name in ("guidance_conv.weight", "pos_embed_linear.weight"):
        weights[name] *= 0.3  # keeps the softmax away from a single key, where rounding could pick another one
    full = run(GlobalHOP(2), weights, *inputs)
    half = run(GlobalHOP(2, dtype=policy), weights, *inputs)
    assert np.isfinite(half).all()
    assert np.abs(half - full).max() <= (5e-3 if policy == "mixed_float16" else 4e-2) * np.abs(full).max()


TINY = 1e-6  # megabytes: less than any row takes


def output_and_gradients(layer, weights, inputs):
    """Return the gradients of the mean square with respect to appearance, opacity and the layer's variables."""
    set_hop_weights(layer, weights, *(x.shape for x in inputs))
    appearance, opacity, trimap = inputs
    if keras.backend.backend() == "jax":
        import jax

        fixed = [v.value for v in layer.non_trainable_variables]

        def loss(appearance, opacity, trainable):
            y, _ = layer.stateless_call(trainable, fixed, appearance, opacity, trimap)
            return keras.ops.mean(keras.ops.square(keras.ops.cast(y, "float32"))), y

        trainable = [v.value for v in layer.trainable_variables]
        step = jax.jit(jax.grad(loss, argnums=(0, 1, 2), has_aux=True))
        (*gradients, of_variables), y = step(appearance, opacity, trainable)
        return np.array(y, "float32"), [np.array(g, "float32") for g in (*gradients, *of_variables)]
    import tensorflow as tf

    @tf.function
    def step(appearance, opacity):
        with tf.GradientTape() as tape:
            tape.watch([appearance, opacity])
            y = layer(appearance, opacity, trimap)
            loss = keras.ops.mean(keras.ops.square(keras.ops.cast(y, "float32")))
        return y, tape.gradient(loss, [appearance, opacity, *(v.value for v in layer.trainable_variables)])

    y, gradients = step(tf.constant(appearance), tf.constant(opacity))
    return np.float32(y), [np.float32(g) for g in gradients]


@pytest.mark.parametrize(
    "stride, size, batch, policy, encodings",
    [
        pytest.param(1, (2, 3), 2, "float32", (True, True), marks=pytest.mark.backends),
        pytest.param(2, (6, 4), 2, "float32", (True, False), marks=pytest.mark.backends),
        (1, (1, 6), 1, "float32", (False, True)),
        (2, (2, 8), 1, "float32", (False, False)),
        (2, (6, 6), 1, "mixed_float16", (True, True)),
        (1, (3, 3), 1, "mixed_bfloat16", (True, True)),
    ],
)
def test_attention_row_by_row_has_the_same_output_and_gradients(stride, size, batch, policy, encodings):
    rng = np.random.default_rng(6)
    inputs = draw(rng, *size, batch)
    weights = draw_hop_weights(rng, 8, 6, 4, trimap_channels=3)
    for name in ("guidance_conv.weight", "pos_embed_linear.weight"):
        weights[name] *= 0.3
    (y, gradients), (expected_y, expected) = (
        output_and_gradients(GlobalHOP(stride, None, *encodings, attention_memory_mb=mb, dtype=policy), weights, inputs)
        for mb in (TINY, None)
    )
    tolerance = {"float32": 5e-5, "mixed_float16": 5e-3, "mixed_bfloat16": 4e-2}[policy]
    assert np.abs(y - expected_y).max() <= tolerance * np.abs(expected_y).max()
    for gradient, unsplit in zip(gradients, expected, strict=True):
        assert np.abs(gradient - unsplit).max() <= tolerance * max(np.abs(unsplit).max(), 1e-2)


def test_attention_in_parts_of_several_rows_equals_the_equations():
    rng = np.random.default_rng(7)
    inputs = draw(rng, 14, 8, batch=2)
    weights = draw_hop_weights(rng, 8, 6, 4, trimap_channels=3)
    check(GlobalHOP(1, attention_memory_mb=0.1), inputs, weights)  # 7 parts of 2 or 3 rows
    check(GlobalHOP(2, attention_memory_mb=0.01), inputs, weights)  # 4 of 1 or 2


def test_sizes_unknown_when_the_graph_is_built_are_attended_to_at_once():
    import tensorflow as tf

    rng = np.random.default_rng(8)
    inputs = draw(rng, 8, 10)
    layer = GlobalHOP(attention_memory_mb=TINY)
    y = run(layer, draw_hop_weights(rng, 8, 6, 4, trimap_channels=3), *inputs)
    dynamic = tf.function(layer, input_signature=[tf.TensorSpec((1, None, None, x.shape[-1])) for x in inputs])
    assert np.abs(np.array(dynamic(*inputs)) - y).max() <= 1e-5


def test_attention_within_the_limit_is_not_split():
    import tensorflow as tf

    def matmuls(mb):
        layer = GlobalHOP(attention_memory_mb=mb)
        specs = [tf.TensorSpec((4, 32, 32, channels)) for channels in (64, 256, 3)]  # of 512 x 512 photos
        graph = tf.function(layer).get_concrete_function(*specs).graph
        return sum(operation.type == "BatchMatMulV2" for operation in graph.get_operations())

    assert matmuls(512) < matmuls(1)
    assert matmuls(512) == 4  # scores, two of offsets, values


def test_config_round_trips():
    layer = GlobalHOP(
        1, key_dim=8, positional_encoding=False, trimap_embedding=False, attention_memory_mb=None, bn_epsilon=1e-5
    )
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert copy.get_config() == layer.get_config()


def test_refuses_a_limit_of_no_memory():
    with pytest.raises(ValueError, match="positive or None. Received: attention_memory_mb=0"):
        GlobalHOP(attention_memory_mb=0)


def test_refuses_another_stride():
    with pytest.raises(ValueError, match="must be 1 or 2. Received: stride=3"):
        GlobalHOP(3)
