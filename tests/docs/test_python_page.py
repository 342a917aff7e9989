import re

import keras
import numpy as np
import pytest

from helpers.goldens import ROOT

BUNDLED = 'HOPMatting.from_preset("hop_s_9x9")'
SMALL = "HOPMatting(width=0.25, window_size=3, global_hop=False, local_hops=1)"
ENCODERS = "encoder", "shortcut", "appearance"
NORM = keras.layers.BatchNormalization


def frozen_by_the_page():
    """Return the blocks of the page that freeze layers."""
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/python.md").read_text(), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if ".trainable = False" in block]


def norms(model):
    layers = [getattr(layer, "output_norm", layer) for layer in model.layers]
    return [variable for layer in layers if isinstance(layer, NORM) for variable in layer.variables]


def encoders(model):
    return [variable for layer in model.layers if layer.name.startswith(ENCODERS) for variable in layer.variables]


@pytest.mark.parametrize("place, frozen", enumerate([encoders, norms]))
def test_layers_that_the_page_freezes_stay_to_the_bit(place, frozen):
    block = frozen_by_the_page()[place]
    assert BUNDLED in block
    namespace = {}
    exec(block.replace(BUNDLED, SMALL), namespace)
    model = namespace["model"]
    model.compile(keras.optimizers.Adam(0.1), "mean_absolute_error", run_eagerly=True)
    rng = np.random.default_rng(0)
    inputs = {"image": rng.integers(0, 256, (2, 32, 32, 3)), "trimap": np.full((2, 32, 32, 1), 128)}
    before = {variable.path: np.array(variable) for variable in model.variables}
    model.train_on_batch(inputs, rng.random((2, 32, 32, 1), np.float32))
    moved = {variable.path for variable in model.variables if (np.array(variable) != before[variable.path]).any()}
    stays = {variable.path for variable in frozen(model)}
    assert len(stays) > 40
    assert moved & stays == set()
    assert {"decoder_final_conv/kernel", "decoder_alpha_conv/kernel", "local_hop1/output_conv/kernel"} <= moved
