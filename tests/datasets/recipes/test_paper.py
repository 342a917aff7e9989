import colorsys

import cv2
import numpy as np
import pytest

from hop_tf.datasets.loader import MattingDataset
from hop_tf.datasets.recipes import make_recipe
from hop_tf.datasets.recipes import paper as paper_recipe
from hop_tf.datasets.recipes.paper import PaperRecipe
from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.sources import ParallelFolders
from hop_tf.datasets.transforms.crop import INTERPOLATIONS
from hop_tf.datasets.transforms.erosion_trimap import erode_trimap, random_erosion
from hop_tf.datasets.transforms.jitter import jitter_around_mean
from hop_tf.datasets.transforms.random_affine import random_affine
from hop_tf.datasets.transforms.unknown_crop import crop_alpha_at_unknown
from hop_tf.datasets.transforms.window import Window, resize_window, window_at


@pytest.fixture
def alpha():
    """A soft disc with hairs, 300 x 400."""
    alpha = np.zeros((300, 400), np.float32)
    cv2.circle(alpha, (200, 150), 70, 1.0, -1)
    for end in range(0, 400, 40):
        cv2.line(alpha, (200, 150), (end, 20), 1.0, 2)
    return np.clip(cv2.GaussianBlur(alpha, (0, 0), 1.2), 0, 1)


def eroded(mask, diameter):
    """Erosion of a bool mask, written out: what lies beyond the border does not count."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
    reach, result = diameter // 2, mask.copy()
    for row, column in np.argwhere(kernel):
        down, right = reach - row, reach - column
        moved = np.ones_like(mask)
        rows, columns = (slice(max(-shift, 0), None if shift <= 0 else -shift) for shift in (-down, -right))
        source_rows, source_columns = (
            slice(max(shift, 0), shift or None if shift < 0 else None) for shift in (-down, -right)
        )
        moved[rows, columns] = mask[source_rows, source_columns]
        result &= moved
    return result


@pytest.mark.parametrize("diameters", [(1, 1), (5, 12), (29, 7)])
def test_trimap_is_alpha_eroded_by_ellipses(alpha, diameters):
    trimap = erode_trimap(alpha, diameters)
    inside = np.s_[15:-15, 15:-15]
    for level, mask, diameter in ((255, alpha > 1 - 1e-5, diameters[0]), (0, alpha < 1e-5, diameters[1])):
        assert np.array_equal((trimap == level)[inside], eroded(mask, diameter)[inside])


def test_erosion_covers_one_to_29_pixels_on_each_side():
    rng = np.random.default_rng(0)
    drawn = np.array([random_erosion(rng) for _ in range(2000)])
    assert drawn.min(axis=0).tolist() == [1, 1] and drawn.max(axis=0).tolist() == [29, 29]


@pytest.mark.parametrize("size, longest_turn", [((1100, 900), 30), ((1000, 900), 0)])
def test_affine_stays_in_the_published_ranges(size, longest_turn):
    turns, scales, flips = [], [], []
    for seed in range(400):
        matrix = random_affine(np.random.default_rng(seed), *size)
        middle = (np.array(size[::-1]) - 1) / 2
        assert np.allclose(matrix @ [*middle, 1], middle)
        # linear = R [[1, t], [0, 1]] diag(a, b): its first column is a (cos, sin), its determinant a b.
        (a, b), (c, d) = matrix[:, :2]
        scale = np.hypot(a, c)
        turns.append(np.rad2deg(np.arctan(c / a)))
        scales += [scale, abs(a * d - b * c) / scale]
        flips.append(a < 0)
        shear = (a * b + c * d) / (a * d - b * c)
        assert abs(np.rad2deg(np.arctan(shear))) <= 10 + 1e-6
    assert np.abs(turns).max() <= longest_turn + 1e-6 and np.abs(turns).max() >= 0.95 * longest_turn
    assert min(scales) >= 0.8 and max(scales) <= 1.25 and max(scales) - min(scales) > 0.4
    assert 0.4 < np.mean(flips) < 0.6


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_crop_is_cut_out_of_the_whole_warped_alpha_and_centred_on_an_unknown_pixel(alpha, interpolation):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        matrix, diameters = random_affine(rng, *alpha.shape), random_erosion(rng)
        window, part, trimap = crop_alpha_at_unknown(rng, alpha, matrix, 128, diameters, interpolation)
        whole = np.clip(cv2.warpAffine(alpha, matrix, (400, 300), flags=interpolation), 0, 1)
        inside = np.s_[window.top : window.top + 128, window.left : window.left + 128]
        # OpenCV rounds source places to 1/32 pixel, which shifts with the window.
        assert np.mean(np.abs(part - whole[inside]) > 1 / 16) < 0.01
        assert np.mean(trimap != erode_trimap(whole, diameters)[inside]) < 0.02
        inner = 64 <= window.top + 64 <= 300 - 64 and 0 < window.top < 300 - 128 and 0 < window.left < 400 - 128
        assert (trimap == 128).any() and (not inner or trimap[64, 64] == 128)


def test_nothing_unknown_gives_no_crop():
    opaque = np.ones((100, 100), np.float32)
    found = crop_alpha_at_unknown(np.random.default_rng(0), opaque, np.eye(2, 3), 64, (9, 9), cv2.INTER_LINEAR)
    assert found is None


def test_windows_stay_within_the_picture():
    assert window_at(3, 390, 128, (300, 400)) == Window(0, 272, 128, 128)
    assert Window(0, 272, 128, 128).grown(10, (300, 400)) == Window(0, 262, 138, 138)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS[1:])
def test_resized_window_is_part_of_the_resized_whole(interpolation):
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8), (0, 0), 3)
    whole = cv2.resize(picture, (192, 144), interpolation=interpolation)
    part = resize_window(picture, (144, 192), Window(20, 30, 100, 90), interpolation)
    assert np.abs(part.astype(int) - whole[20:120, 30:120]).max() <= 4


def test_jitter_follows_the_formula(alpha):
    picture = np.random.default_rng(1).integers(0, 256, (4, 5, 3), np.uint8)
    part = alpha[150:154, 130:135]
    assert part.max() > 0
    hsv = np.array([[colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in row] for row in picture])
    shift = np.random.default_rng(2).uniform(-1, 1, 3)
    hsv[..., 0] = (hsv[..., 0] + 40 * shift[0] / 360) % 1
    for plane in (1, 2):
        moved = np.abs(hsv[..., plane] + shift[plane] * (1.1 - hsv[..., plane][part > 0].mean()) / 10)
        hsv[..., plane] = np.where(moved > 1, 2 - moved, moved)
    expected = np.array([[colorsys.hsv_to_rgb(*pixel) for pixel in row] for row in hsv]) * 255
    jittered = jitter_around_mean(np.random.default_rng(2), picture, part)
    assert jittered.dtype == np.uint8 and np.abs(jittered - expected).max() <= 0.51


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
