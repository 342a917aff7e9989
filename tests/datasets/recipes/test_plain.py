"""Plain samples: colour alone tells what is foreground."""

import numpy as np
import pytest

from hop_tf.datasets.recipes.open import Recipe
from hop_tf.datasets.recipes.plain import draw_plain, two_colours
from hop_tf.datasets.sources import GeneratedBackgrounds, ProceduralForegrounds
from hop_tf.datasets.transforms.composite import composite


@pytest.fixture(scope="module")
def samples():
    backgrounds = GeneratedBackgrounds(96)
    drawn = [draw_plain(np.random.default_rng(seed), 96, backgrounds) for seed in range(80)]
    return [layers for layers in drawn if layers is not None]


def test_most_attempts_give_a_sample(samples):
    assert len(samples) > 40


def test_layers_are_ready_to_composite(samples):
    for foreground, background, alpha, trimap in samples:
        assert foreground.shape == background.shape == (96, 96, 3) and foreground.dtype == background.dtype == np.uint8
        assert alpha.shape == trimap.shape == (96, 96) and alpha.dtype == np.float32
        assert {0, 128} <= set(np.unique(trimap)) <= {0, 128, 255}
        assert 0.2 < (trimap == 128).mean() < 0.95


def test_trimaps_never_contradict_alpha(samples):
    for _, _, alpha, trimap in samples:
        assert (alpha[trimap == 255] >= 0.98).all() and (alpha[trimap == 0] <= 0.02).all()


def error_of_matching_mean_colours(foreground, background, alpha, trimap):
    """Mean error of an alpha that is 1 where the known foreground's mean colour is closer than the background's."""
    picture = composite(foreground, background, alpha).astype(float)
    to_foreground, to_background = (np.abs(picture - picture[trimap == level].mean(0)).sum(-1) for level in (255, 0))
    return np.abs((to_foreground < to_background) - alpha)[trimap == 128].mean()


def test_foreground_is_known_somewhere_unless_all_of_it_is_transparent(samples):
    known = [(trimap == 255).any() for *_, trimap in samples]
    assert 0.6 < np.mean(known) < 1
    assert all(known[i] for i, (_, _, alpha, _) in enumerate(samples) if (alpha >= 0.98).mean() > 0.005)


def test_known_colours_solve_most_samples(samples):
    errors = [error_of_matching_mean_colours(*layers) for layers in samples if (layers[-1] == 255).any()]
    assert np.median(errors) < 0.08


def test_usual_samples_are_not_solved_by_their_known_colours():
    recipe = Recipe(plain=0, cutout_share=0)
    errors = []
    for seed in range(30):
        _, trimap, alpha, foreground, background = recipe.draw(
            np.random.default_rng(seed), 96, None, ProceduralForegrounds(), GeneratedBackgrounds(96)
        )
        if {0, 255} <= set(np.unique(trimap)):
            errors.append(error_of_matching_mean_colours(foreground, background, alpha, trimap))
    assert np.median(errors) > 0.1


def test_a_third_of_the_colours_hardly_differ():
    distances = [np.linalg.norm(np.subtract(*two_colours(np.random.default_rng(seed)))) for seed in range(300)]
    assert 0.2 < np.mean(np.array(distances) < 50) < 0.45
    assert min(distances) < 25 and max(distances) > 250


def test_cutouts_alone_leave_no_plain_samples(monkeypatch):
    """With every foreground from a folder, none is drawn, plain or not."""
    monkeypatch.setattr("hop_tf.datasets.recipes.open.draw_plain", pytest.fail)
    recipe = Recipe(cutout_share=1, plain=1)
    recipe.draw(
        np.random.default_rng(0), 64, ProceduralForegrounds(count=4), ProceduralForegrounds(), GeneratedBackgrounds(64)
    )
