import itertools

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from hop_tf import HOPMatting
from hop_tf.benchmarks.gpu import plain_torch
from hop_tf.benchmarks.gpu.plain_torch import attention_blocks, global_attention, local_attention


def test_local_attention_is_a_softmax_over_the_window():
    rng = np.random.default_rng(0)
    appearance, opacity = (rng.standard_normal((1, n, 8, 10)).astype(np.float32) for n in (5, 3))
    found = local_attention(torch.from_numpy(appearance), torch.from_numpy(opacity), 4.0).numpy()
    unit = appearance[0] / np.linalg.norm(appearance[0], axis=0)
    keys, values = (np.pad(x, ((0, 0), (4, 4), (4, 4)), mode="reflect") for x in (unit, opacity[0]))
    for y, x in itertools.product((0, 3, 7), (0, 4, 9)):
        window = np.s_[:, y : y + 9, x : x + 9]
        weights = np.exp(4 * np.einsum("chw,c->hw", keys[window], unit[:, y, x]))
        expected = (values[window] * weights).sum((1, 2)) / weights.sum()
        np.testing.assert_allclose(found[0, :, y, x], expected, atol=1e-5)


def test_global_attention_keeps_a_constant_opacity_inside():
    generator = torch.Generator().manual_seed(0)
    appearance = torch.randn((1, 4, 12, 16), generator=generator)
    found = global_attention(appearance, torch.full((1, 2, 12, 16), 0.25))
    np.testing.assert_allclose(found[:, :, 1:-1, 1:-1], 0.25, atol=1e-6)


def test_the_blocks_are_those_of_a_photo():
    shapes = [tuple(y.shape) for y in attention_blocks((60, 90), "float32", "cpu")()]
    assert shapes == [(1, 256, 4, 6), (1, 128, 8, 12), (1, 64, 16, 24), (1, 32, 32, 48)]


@pytest.mark.slow
def test_the_blocks_have_the_channels_of_the_network(monkeypatch):
    drawn = []
    for name in ("global_attention", "local_attention"):
        monkeypatch.setattr(plain_torch, name, lambda *tensors: drawn.append([x.shape[1] for x in tensors]))
    attention_blocks((64, 64), "float32", "cpu", width=0.5)()
    model = HOPMatting(width=0.5)
    blocks = [model.get_layer(name) for name in ("global_hop", "local_hop1", "local_hop2", "local_hop3")]
    assert drawn == [[block.key_channels, block.output.shape[-1]] for block in blocks]
