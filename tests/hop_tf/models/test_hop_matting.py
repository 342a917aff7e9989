import functools
import inspect

import keras
import numpy as np
import pytest

from helpers.drawn_weights import drawn_checkpoint
from helpers.goldens import golden_files
from hop_tf import HOPMatting, MattingLoss, load_released_checkpoint, presets
from hop_tf.weights import WEIGHTS_FOLDER


@pytest.fixture(scope="module")
def checkpoint():
    return drawn_checkpoint()


def small(**kwargs):
    keras.utils.set_random_seed(0)
    return HOPMatting(**{"width": 0.25, **kwargs})


def draw(height, width, batch=1, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (batch, height, width, 3), np.uint8)
    return {"image": image, "trimap": rng.choice(np.uint8([0, 128, 255]), (batch, height, width, 1))}


def alpha_of(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs))


@pytest.fixture(scope="module")
def released(checkpoint):
    """A function from arguments to the network with the weights of the checkpoint."""

    @functools.cache
    def build(**kwargs):
        model = HOPMatting(**kwargs)
        load_released_checkpoint(model, checkpoint)
        return model

    return build


@pytest.mark.parametrize("path", golden_files("network"))
def test_equals_the_released_network(path, released):
    golden = np.load(path)
    model = released(
        window_size=int(golden["ksize"]), global_stride=int(golden["rate"]), bn_epsilon=float(golden["eps"])
    )
    alpha = alpha_of(model, {"image": golden["image"][None], "trimap": golden["trimap"][None, ..., None]})
    assert alpha.dtype == np.float32
    assert np.abs(alpha[0, ..., 0] - golden["alpha"]).max() <= 5e-6


def test_full_network_has_the_published_number_of_parameters():
    model = HOPMatting.from_preset("hop_9x9", load_weights=False)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert (round(trainable / 1e6, 1), round(model.count_params() / 1e6, 2)) == (25.2, 25.36)


@pytest.mark.parametrize("global_stride", [1, 2])
def test_takes_any_multiple_of_32(global_stride):
    model = small(global_stride=global_stride)
    for size in ((32, 32), (96, 160)):
        alpha = alpha_of(model, draw(*size, batch=2))
        assert alpha.shape == (2, *size, 1)
        assert np.isfinite(alpha).all() and alpha.min() >= 0 and alpha.max() <= 1


def test_refuses_other_sizes():
    with pytest.raises(ValueError, match=r"multiples of 32; `hop_tf.Predictor` takes photos of any size"):
        small()(draw(48, 64))


def test_compiled_prediction_of_changing_sizes_equals_the_direct_call():
    model = small(window_size=3, local_hops=1)
    for size in [(64, 64), (96, 64), (64, 128)]:  # traced anew at first, then once for all sizes
        inputs = draw(*size)
        assert np.abs(model.predict_on_batch(inputs) - alpha_of(model, inputs)).max() <= 1e-5


def test_a_photo_does_not_depend_on_its_batch():
    model = small(trimap_embedding=False)  # the variant with a statistic over the image
    inputs = draw(64, 96, batch=3)
    together = alpha_of(model, inputs)
    for i in range(3):
        alone = alpha_of(model, {name: x[i : i + 1] for name, x in inputs.items()})
        assert np.abs(together[i] - alone[0]).max() <= 1e-5


@pytest.mark.parametrize("dtype", [pytest.param("float32", marks=pytest.mark.slow), "mixed_bfloat16"])
def test_saved_model_comes_back_to_the_bit(tmp_path, dtype):
    model = small(window_size=5, global_stride=1, local_hops=2, bn_epsilon=1e-5, attention_memory_mb=None, dtype=dtype)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert copy.get_config() == model.get_config()
    for a, b in zip(model.weights, copy.weights, strict=True):
        assert (np.array(a) == np.array(b)).all()
    inputs = draw(64, 64)
    assert (alpha_of(copy, inputs) == alpha_of(model, inputs)).all()


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_stays_near_float32(dtype, released):
    inputs = draw(96, 128)
    alpha = alpha_of(released(dtype=dtype), inputs)
    assert alpha.dtype == np.float32
    assert np.abs(alpha - alpha_of(released(dtype="float32"), inputs)).max() <= 2e-2


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_training_in_mixed_precision_never_rounds_the_float32_kernels(dtype):
    model = small(dtype=dtype, window_size=3, local_hops=1)
    model.compile(keras.optimizers.Adam(1e-4), MattingLoss(), run_eagerly=True)
    inputs = draw(64, 64, batch=2)
    unknown = (inputs["trimap"][..., 0] == 128).astype("float32")
    before = [np.array(w) for w in model.trainable_weights]
    for _ in range(2):
        loss = model.train_on_batch(inputs, inputs["image"][..., :1] / 255, sample_weight=unknown)
    assert np.isfinite(loss)
    kernels = [w for w in model.trainable_weights if w.name == "kernel"]
    rounded = [
        w.path
        for w in kernels
        if (np.array(w) == np.array(keras.ops.cast(keras.ops.cast(w, dtype[6:]), "float32"))).mean() > 0.5
    ]
    assert {w.dtype for w in model.weights if w.name != "iteration"} == {"float32"}
    # The kernel of the trimap embedding starts at 0.
    assert [path for path in rounded if "trimap_conv" not in path] == []
    assert any((np.array(w) != b).any() for w, b in zip(model.trainable_weights, before, strict=True))


@pytest.mark.parametrize("name", presets)
def test_every_preset_builds_the_blocks_of_its_row(name):
    model = HOPMatting.from_preset(name, load_weights=False, width=0.25)
    blocks = [layer.name for layer in model.layers if "hop" in layer.name]
    defaults = {name: argument.default for name, argument in inspect.signature(HOPMatting).parameters.items()}
    config = {**defaults, **presets[name]["config"]}
    expected = ["global_hop"] * config["global_hop"] + [f"local_hop{i + 1}" for i in range(config["local_hops"])]
    assert blocks == expected


def test_self_attention_has_no_appearance_encoder():
    layers = [layer.name for layer in small(attention="self").layers]
    assert "global_hop" in layers
    assert not [name for name in layers if name.startswith("appearance")]


def test_an_unknown_preset_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match="hop_s_9x9.*Received: preset=hop_7x7"):
        HOPMatting.from_preset("hop_7x7")


def test_bundled_weights_with_one_byte_changed_are_refused(tmp_path, monkeypatch):
    weights = bytearray((WEIGHTS_FOLDER / "hop_s_9x9.weights.h5").read_bytes())
    weights[len(weights) // 2] ^= 1
    (tmp_path / "hop_s_9x9.weights.h5").write_bytes(weights)
    monkeypatch.setattr("hop_tf.weights.WEIGHTS_FOLDER", tmp_path)
    with pytest.raises(ValueError, match="not the published one, of SHA-256 [0-9a-f]{64}: copy it again"):
        HOPMatting.from_preset("hop_s_9x9")


def test_bundled_weights_are_not_loaded_into_another_network():
    with pytest.raises(ValueError, match="belong to a network with {'window_size': 9}"):
        HOPMatting.from_preset("hop_s_9x9", window_size=5)


def test_a_preset_without_weights_says_what_to_do():
    with pytest.raises(ValueError, match="load_weights=False.*Received: preset=hop_9x9"):
        HOPMatting.from_preset("hop_9x9")


@pytest.mark.parametrize(
    "kwargs",
    [
        {"local_hops": 4},
        {"attention": "x"},
        {"width": 0.1},
        {"width": 0},
        {"window_size": 4},
        {"global_stride": 3},
        {"windows": 5},
    ],
)
def test_refuses_arguments_it_cannot_build(kwargs):
    with pytest.raises(ValueError, match="Received"):
        HOPMatting(**kwargs)
