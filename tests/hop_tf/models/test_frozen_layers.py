import keras
import numpy as np
import pytest

from hop_tf import HOPMatting
from hop_tf.layers import GlobalHOP, LocalHOP
from hop_tf.models.frozen_layers import freeze_layers, frozen_layers
from hop_tf.models.loading import load_model, with_policy
from hop_tf.training.losses import MattingLoss
from hop_tf.training.optimizer import ClippedAdam, ReplicaLossScale


def network(**options):
    return HOPMatting(width=0.25, window_size=3, global_hop=False, local_hops=1, **options)


def freeze_encoders(model):
    for layer in model.layers:
        layer.trainable = not layer.name.startswith(("encoder", "appearance"))


def freeze_inside_a_block(model):
    model.get_layer("local_hop1").output_norm.trainable = False


def freeze_a_block(model):
    model.get_layer("local_hop1").trainable = False


def freeze_all(model):
    model.trainable = False


def freeze_all_but_the_last_layer(model):
    model.trainable = False
    model.trainable = True
    for layer in model.layers:
        layer.trainable = layer.name == "decoder_alpha_conv"


FREEZE = [freeze_encoders, freeze_inside_a_block, freeze_a_block, freeze_all, freeze_all_but_the_last_layer]


@pytest.fixture(scope="module")
def model():
    return network()


@pytest.mark.parametrize("freeze", FREEZE)
def test_the_same_variables_train_in_a_copy(model, freeze):
    model.trainable = True
    freeze(model)
    copied = HOPMatting.from_config(model.get_config())
    assert [v.path for v in copied.trainable_variables] == [v.path for v in model.trainable_variables]
    assert copied.trainable == model.trainable and frozen_layers(copied) == frozen_layers(model)


def freeze_a_block_but_for_a_layer(model):
    freeze_a_block(model)
    model.get_layer("local_hop1").output_conv.trainable = True


@pytest.mark.parametrize("freeze", [*FREEZE, freeze_a_block_but_for_a_layer])
def test_the_same_variables_train_in_a_clone(model, freeze):
    model.trainable = True
    freeze(model)
    cloned = keras.models.clone_model(model)
    assert [v.path for v in cloned.trainable_variables] == [v.path for v in model.trainable_variables]


@pytest.mark.parametrize("kind, trimap", [(LocalHOP, ()), (GlobalHOP, (np.zeros((1, 8, 8, 3), np.float32),))])
def test_a_frozen_block_comes_back_frozen_inside(kind, trimap):
    block = kind.from_config({**kind().get_config(), "trainable": False})
    block(np.zeros((1, 8, 8, 4), np.float32), np.zeros((1, 8, 8, 6), np.float32), *trimap)
    assert block._layers and not any(layer.trainable for layer in block._layers)
    block.trainable = True
    assert all(layer.trainable for layer in block._layers)


@pytest.mark.parametrize("kind, trimap", [(LocalHOP, ()), (GlobalHOP, (np.zeros((1, 8, 8, 3), np.float32),))])
def test_a_block_comes_back_with_the_layers_frozen_inside_it(kind, trimap):
    inputs = np.zeros((1, 8, 8, 4), np.float32), np.zeros((1, 8, 8, 6), np.float32), *trimap
    block = kind()
    block(*inputs)
    frozen = [block.offset_embedding, block._layers[-1]]  # of `GlobalHOP`, the last is `trimap_conv`
    for layer in frozen:
        layer.trainable = False
    copied = kind.from_config(kind.from_config(block.get_config()).get_config())  # the second is not built
    copied(*inputs)
    assert {layer.name for layer in copied._layers if not layer.trainable} == {layer.name for layer in frozen}


@pytest.mark.parametrize("kind", [LocalHOP, GlobalHOP])
def test_a_block_names_layers_to_freeze_that_it_cannot_have(kind):
    with pytest.raises(ValueError, match="`frozen_layers` must be of query_key_conv, .*Received: output_nrom$"):
        kind(frozen_layers=["output_norm", "output_nrom"])


def test_a_frozen_network_keeps_its_layers_in_another_precision_and_in_a_folder(model, tmp_path):
    model.trainable = True
    freeze_encoders(model)
    model.save_to_preset(tmp_path / "preset")
    for copied in (with_policy(model, "mixed_bfloat16"), HOPMatting.from_preset(tmp_path / "preset")):
        assert frozen_layers(copied) == frozen_layers(model)
        assert len(copied.trainable_variables) == len(model.trainable_variables)


def test_configs_without_frozen_layers_and_with_unknown_ones(model):
    config = model.get_config()
    with pytest.raises(ValueError, match="no layers of these names. Received: nowhere"):
        HOPMatting.from_config({**config, "frozen_layers": ["nowhere"]})
    del config["frozen_layers"]
    assert frozen_layers(HOPMatting.from_config(config)) == []
    freeze_layers(model, [])
    assert frozen_layers(model) == []


@pytest.mark.parametrize("scale", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["float32", "loss scale"])
def test_training_goes_on_after_saving_and_loading(tmp_path, scale):
    model = network()
    freeze_encoders(model)
    adam = ClippedAdam(1e-3, use_ema=True)
    model.compile(ReplicaLossScale(adam) if scale else adam, MattingLoss(), auto_scale_loss=False, run_eagerly=True)
    rng = np.random.default_rng(0)
    inputs = {"image": rng.integers(0, 256, (1, 64, 64, 3)), "trimap": np.full((1, 64, 64, 1), 128)}
    batch = inputs, rng.random((1, 64, 64, 1), np.float32), np.ones((1, 64, 64), np.float32)
    model.train_on_batch(*batch)
    model.save(tmp_path / "frozen.keras")
    loaded = load_model(tmp_path / "frozen.keras")
    assert len(loaded.trainable_variables) == len(model.trainable_variables) < len(network().trainable_variables)
    for step in range(2):
        states = [[v.numpy() for v in (*m.variables, *m.optimizer.variables)] for m in (model, loaded)]
        assert len(states[0]) == len(states[1])
        for ours, theirs in zip(*states, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
        if not step:
            model.train_on_batch(*batch), loaded.train_on_batch(*batch)
    assert int(loaded.optimizer.iterations) == 2
