"""Batches for Keras."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from hop_tf.datasets.loader import MattingDataset
from hop_tf.datasets.recipes.open import Recipe
from hop_tf.datasets.recipes.paper import PaperRecipe
from hop_tf.errors import UserError


@pytest.fixture
def make(cutout_folder, photo_folder):
    def build(**options):
        return MattingDataset(cutout_folder, photo_folder, crop_size=64, batch_size=2, steps_per_epoch=3, **options)

    return build


def assert_same(first, second):
    (inputs, alpha, weight), (other_inputs, other_alpha, other_weight) = first, second
    pairs = [(inputs[name], other_inputs[name]) for name in ("image", "trimap")]
    for one, other in [*pairs, (alpha, other_alpha), (weight, other_weight)]:
        assert np.array_equal(one, other)


def test_batches_have_documented_shapes_dtypes_and_ranges(make):
    dataset = make()
    assert len(dataset) == 3
    inputs, alpha, weight = dataset[1]
    assert inputs["image"].shape == (2, 64, 64, 3) and inputs["image"].dtype == np.uint8
    assert inputs["trimap"].shape == (2, 64, 64, 1) and inputs["trimap"].dtype == np.uint8
    assert alpha.shape == (2, 64, 64, 1) and alpha.dtype == np.float32
    assert weight.shape == (2, 64, 64) and weight.dtype == np.float32
    assert 0 <= alpha.min() and alpha.max() <= 1


def test_weight_is_one_exactly_where_unknown_and_never_all_zero(make):
    for step in range(3):
        inputs, alpha, weight = make()[step]
        trimap = inputs["trimap"][..., 0]
        assert np.array_equal(weight, (trimap == 128).astype(np.float32))
        assert (weight.sum(axis=(1, 2)) > 0).all()
        assert (alpha[..., 0][trimap == 255] >= 0.98).all() and (alpha[..., 0][trimap == 0] <= 0.02).all()


def test_samples_do_not_depend_on_order_or_workers(make):
    forwards, backwards = make(), make(workers=4)
    expected = [forwards[step] for step in range(3)]
    for step in reversed(range(3)):
        assert_same(backwards[step], expected[step])
    with ThreadPoolExecutor(4) as pool:
        for got, wanted in zip(pool.map(make().__getitem__, range(3)), expected, strict=True):
            assert_same(got, wanted)


def test_single_samples_are_those_of_the_batches(make):
    dataset = make()
    inputs, alpha, _ = dataset[1]
    image, trimap, matte = dataset.sample(3, epoch=0)
    assert np.array_equal(image, inputs["image"][1])
    assert np.array_equal(trimap, inputs["trimap"][1, ..., 0]) and np.array_equal(matte, alpha[1, ..., 0])


@pytest.mark.parametrize("recipe", [Recipe(degrade=0), PaperRecipe(degrade=0)], ids=["open", "paper"])
def test_layers_are_those_that_were_composited_and_change_nothing_else(make, recipe):
    inputs, truth, weight = make(recipe=recipe, layers=True)[1]
    assert truth.shape == (2, 64, 64, 7) and truth.dtype == np.float32
    alpha, foreground, background = np.split(truth, [1, 4], axis=-1)
    picture = 255 * (alpha * foreground + (1 - alpha) * background)
    assert np.abs(picture - inputs["image"]).max() <= 0.51  # rounded
    assert_same((inputs, alpha, weight), make(recipe=recipe)[1])


def test_processes_that_share_a_batch_make_its_rows(make):
    inputs, alpha, weight = make()[1]
    for part in (0, 1):
        dataset = make()
        dataset.part = part, 2
        rows = {name: array[part : part + 1] for name, array in inputs.items()}
        assert_same(dataset[1], (rows, alpha[part : part + 1], weight[part : part + 1]))


def test_epochs_and_seeds_differ_and_training_resumes_where_it_stopped(make):
    dataset = make()
    first = dataset[0][0]["image"]
    dataset.on_epoch_end()
    assert (dataset[0][0]["image"] != first).any()
    assert (make(seed=1)[0][0]["image"] != first).any()
    assert_same(dataset[0], make(epoch=1)[0])


def test_works_without_any_folder():
    dataset = MattingDataset(crop_size=48, batch_size=1, steps_per_epoch=1)
    inputs, alpha, weight = dataset[0]
    assert inputs["image"].shape == (1, 48, 48, 3) and alpha.shape == (1, 48, 48, 1) and weight.any()


def test_cutouts_that_give_no_unknown_pixel_end_in_an_error(tmp_path):
    cv2.imwrite(str(tmp_path / "empty.png"), np.zeros((20, 20, 4), np.uint8))
    recipe = Recipe(cutout_share=1, merge_cutouts=0, degrade=0)
    dataset = MattingDataset(tmp_path, crop_size=32, batch_size=1, steps_per_epoch=1, recipe=recipe)
    with pytest.raises(UserError, match="unknown"):
        dataset[0]
