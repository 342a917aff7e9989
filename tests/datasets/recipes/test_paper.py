"""The paper's recipe for samples."""

import numpy as np
import pytest

from hop_tf.datasets.loader import MattingDataset
from hop_tf.datasets.recipes import make_recipe
from hop_tf.datasets.recipes import paper as paper_recipe
from hop_tf.datasets.recipes.paper import PaperRecipe
from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.sources import ParallelFolders
from hop_tf.datasets.transforms.crop import INTERPOLATIONS


def test_second_foreground_that_hides_nothing_is_not_merged():
    opaque = np.full((20, 30, 3), 9, np.uint8), np.ones((20, 30), np.float32)
    other = np.full((10, 10, 3), 200, np.uint8), np.full((10, 10), 0.5, np.float32)
    colour, alpha = PaperRecipe()._merge(np.random.default_rng(0), opaque, other)
    assert (colour == 9).all() and (alpha == 1).all()


def test_samples_have_documented_shapes_and_never_contradict_alpha(tmp_path, draw_pairs, photo_folder):
    folder = draw_pairs(tmp_path / "set", 3, size=(240, 200))
    samples = MattingSamples(
        folder, photo_folder, 96, recipe=make_recipe("paper", random_interpolation=True, degrade=0.5)
    )
    for index in range(12):
        image, trimap, alpha = samples.sample(index)
        assert image.shape == (96, 96, 3) and image.dtype == np.uint8
        assert trimap.shape == alpha.shape == (96, 96) and trimap.dtype == np.uint8 and alpha.dtype == np.float32
        assert set(np.unique(trimap)) <= {0, 128, 255} and (trimap == 128).any()
        assert (alpha[trimap == 255] > 0.9999).all() and (alpha[trimap == 0] < 0.0001).all()


def test_foregrounds_smaller_than_the_crop_and_no_foregrounds_at_all_work(tmp_path, draw_pairs):
    small = ParallelFolders(draw_pairs(tmp_path / "set", 1, size=(60, 50)))
    for source in (small, None):
        dataset = MattingDataset(source, crop_size=160, batch_size=1, steps_per_epoch=1, recipe="paper")
        assert dataset[0][0]["image"].shape == (1, 160, 160, 3)


def test_every_resample_picks_its_interpolation_independently(tmp_path, draw_pairs, photo_folder, monkeypatch):
    used = []

    def record(function, place):
        def wrapper(*args, **kwargs):
            used.append((function.__name__, kwargs.get("interpolation", args[place] if place else None)))
            return function(*args, **kwargs)

        return wrapper

    for name, place in (("warp_window", 3), ("resize_window", 3), ("crop_alpha_at_unknown", 5)):
        monkeypatch.setattr(paper_recipe, name, record(getattr(paper_recipe, name), place))
    recipe = make_recipe("paper", random_interpolation=True, merge=0, resize=0)
    samples = MattingSamples(draw_pairs(tmp_path / "set", 1), photo_folder, 64, recipe=recipe)
    for index in range(60):
        samples.sample(index)
    ways = {name: [way for used_by, way in used if used_by == name][:60] for name, _ in used}
    assert len(ways) == 3 and all(set(each) == set(INTERPOLATIONS) for each in ways.values())
    assert len(set(zip(*ways.values(), strict=True))) > 20


def test_recipes_by_name():
    assert make_recipe("paper", merge=0.0).merge == 0
    with pytest.raises(ValueError, match="open, paper"):
        make_recipe("papre")
    with pytest.raises(ValueError, match="merge, resize"):
        make_recipe("paper", merg=1)


def test_merge_and_resize_happen_as_often_as_published(tmp_path, draw_pairs, photo_folder):
    counts = {"merge": 0, "resize": 0}

    class Counting(PaperRecipe):
        def _merge(self, rng, front, back):
            counts["merge"] += 1
            return front

        def _resize(self, rng, foreground, shape):
            counts["resize"] += tuple(shape) == (640, 640)
            return foreground

    samples = MattingSamples(draw_pairs(tmp_path / "set", 3), photo_folder, 32, recipe=Counting())
    for index in range(400):
        samples.sample(index)
    assert 0.42 < counts["merge"] / 400 < 0.58
    assert 0.18 < counts["resize"] / 400 < 0.32
