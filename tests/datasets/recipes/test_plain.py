"""Plain samples: colour alone tells what is foreground."""

import numpy as np
import pytest

from hop_tf.datasets.recipes import open as open_recipe
from hop_tf.datasets.recipes.open import Recipe
from hop_tf.datasets.recipes.plain import draw_plain, min_distance, plain_colours
from hop_tf.datasets.sources import GeneratedBackgrounds, ProceduralForegrounds
from hop_tf.datasets.transforms.composite import composite


@pytest.fixture(scope="module")
def samples():
    backgrounds = GeneratedBackgrounds(96)
    drawn = [draw_plain(np.random.default_rng(seed), 96, backgrounds) for seed in range(80)]
    return [layers for layers in drawn if layers is not None]


def test_nearly_every_call_gives_a_sample(samples):
    assert len(samples) > 75


def test_layers_are_ready_to_composite(samples):
    for foreground, background, alpha, trimap in samples:
        assert foreground.shape == background.shape == (96, 96, 3) and foreground.dtype == background.dtype == np.uint8
        assert alpha.shape == trimap.shape == (96, 96) and alpha.dtype == np.float32
        assert {0, 128} <= set(np.unique(trimap)) <= {0, 128, 255}
        assert 0.2 < (trimap == 128).mean() < 1


def test_trimaps_never_contradict_alpha(samples):
    for _, _, alpha, trimap in samples:
        assert (alpha[trimap == 255] >= 0.98).all() and (alpha[trimap == 0] <= 0.02).all()


def error_of_matching_colours(foreground, background, alpha, trimap):
    """Mean error of an alpha that is 1 where the nearest of 300 known colours is one of the foreground."""
    picture = composite(foreground, background, alpha).astype(np.float32)
    unknown = picture[trimap == 128][:: max(1, (trimap == 128).sum() // 1000)]
    truth = alpha[trimap == 128][:: max(1, (trimap == 128).sum() // 1000)]
    to_foreground, to_background = (
        np.abs(unknown[:, None] - known[:: max(1, len(known) // 300)]).sum(-1).min(1)
        for known in (picture[trimap == 255], picture[trimap == 0])
    )
    return np.abs((to_foreground < to_background) - truth).mean()


def test_foreground_is_known_in_most_samples(samples):
    assert 0.5 < np.mean([(trimap == 255).any() for *_, trimap in samples]) < 0.9


def test_known_colours_solve_most_samples(samples):
    errors = [error_of_matching_colours(*layers) for layers in samples if (layers[-1] == 255).any()]
    assert np.median(errors) < 0.08


def test_usual_samples_are_not_solved_by_their_known_colours():
    recipe = Recipe(plain=0, cutout_share=0)
    errors = []
    for seed in range(30):
        _, trimap, alpha, foreground, background = recipe.draw(
            np.random.default_rng(seed), 96, None, ProceduralForegrounds(), GeneratedBackgrounds(96)
        )
        if {0, 255} <= set(np.unique(trimap)):
            errors.append(error_of_matching_colours(foreground, background, alpha, trimap))
    assert np.median(errors) > 0.1


def test_colours_of_foreground_and_background_differ_now_and_then_only_a_little():
    pairs = [plain_colours(np.random.default_rng(seed)) for seed in range(300)]
    distances = np.array([min_distance(*pair) for pair in pairs])
    assert 18 <= distances.min() < 25 and distances.max() > 250
    assert 0.08 < np.mean(distances < 50) < 0.3
    assert {len(colours) for pair in pairs for colours in pair} == {1, 2, 3}
    assert all(5 <= colours.min() and colours.max() <= 250 for pair in pairs for colours in pair)


def count_plain(monkeypatch, drawn, **options):
    """Draw 20 samples and return how many are plain."""
    drawn_plain = []
    monkeypatch.setattr(
        open_recipe, "draw_plain", lambda *args: drawn_plain.append(draw_plain(*args)) or drawn_plain[-1]
    )
    for seed in range(20):
        Recipe(**options).draw(np.random.default_rng(seed), 64, drawn, drawn, GeneratedBackgrounds(64))
    return len(drawn_plain)


def test_plain_samples_are_a_share_of_all(monkeypatch):
    drawn = ProceduralForegrounds(count=4)
    assert count_plain(monkeypatch, drawn, plain=1) == 20
    assert 3 < count_plain(monkeypatch, drawn, plain=0.5) < 17
    assert count_plain(monkeypatch, drawn) == 0


@pytest.mark.parametrize("size", [32, 320])
def test_plain_samples_come_in_every_size(size):
    layers = [draw_plain(np.random.default_rng(seed), size, GeneratedBackgrounds(64)) for seed in range(4)]
    assert all(part.shape[:2] == (size, size) for sample in layers if sample is not None for part in sample)
    assert any(sample is not None for sample in layers)
