"""Drawn foregrounds."""

import numpy as np
import pytest

from hop_tf.datasets.sources import GeneratedBackgrounds, ProceduralForegrounds
from hop_tf.datasets.sources.procedural import KINDS, patterns


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_drawn_kind_has_a_matte_worth_learning(kind):
    draw = KINDS[kind][0]
    for seed in range(6):
        alpha, shade = draw(np.random.default_rng(seed), 96)
        assert alpha.shape == (96, 96) and alpha.dtype == np.float32
        assert 0 <= alpha.min() and alpha.max() <= 1
        assert alpha.max() > 0.1 and alpha.std() > 0.005
        assert ((alpha > 0.02) & (alpha < 0.98)).any()
        if shade is not None:
            assert shade.shape == alpha.shape and 0 <= shade.min() and shade.max() <= 1


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_drawn_in_small_crops(kind):
    for seed in range(20):
        assert KINDS[kind][0](np.random.default_rng(seed), 32).alpha.shape == (32, 32)


@pytest.mark.parametrize("pattern", dict.fromkeys(patterns.PATTERNS))
def test_every_pattern_has_two_materials_and_an_edge_between(pattern, monkeypatch):
    monkeypatch.setattr(patterns, "PATTERNS", [pattern])
    share = np.stack([patterns.draw_pattern(np.random.default_rng(seed), 96) for seed in range(6)])
    assert share.shape == (6, 96, 96) and share.dtype == np.float32
    assert share.min() == 0 and share.max() == 1
    assert ((share > 0.1) & (share < 0.9)).any()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_drawn_kinds_depend_only_on_the_generator(kind):
    draw = KINDS[kind][0]
    assert np.array_equal(draw(np.random.default_rng(3), 64).alpha, draw(np.random.default_rng(3), 64).alpha)


def test_drawn_foregrounds_are_painted_at_every_size():
    photo = GeneratedBackgrounds(64).draw(np.random.default_rng(0))
    for size in (48, 100):
        colour, alpha = ProceduralForegrounds({"hair": 1}).draw(np.random.default_rng(1), size, photo, photo)
        assert colour.shape == (size, size, 3) and colour.dtype == np.uint8
        assert alpha.shape == (size, size) and alpha.dtype == np.float32


def test_drawn_foregrounds_by_index_are_always_the_same():
    drawn = ProceduralForegrounds(count=5, side=48)
    assert len(drawn) == 5
    for first, second in zip(drawn[3], ProceduralForegrounds(count=5, side=48)[3], strict=True):
        assert np.array_equal(first, second)
    assert (drawn[3][1] != drawn[4][1]).any()
    with pytest.raises(IndexError):
        drawn[5]
