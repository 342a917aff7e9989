import cv2
import numpy as np
import pytest

from hop_tf.datasets.sources import CutoutFolder
from hop_tf.datasets.transforms.affine import place_cutout
from hop_tf.datasets.transforms.composite import composite, merge
from hop_tf.datasets.transforms.crop import INTERPOLATIONS, crop_at_unknown, random_square
from hop_tf.datasets.transforms.degrade import defocus, degrade, soften_alpha
from hop_tf.datasets.transforms.jitter import jitter_hsv
from hop_tf.datasets.transforms.trimap import make_trimap


@pytest.fixture
def disc():
    alpha = np.zeros((128, 128), np.float32)
    cv2.circle(alpha, (64, 64), 40, 1.0, -1)
    return cv2.GaussianBlur(alpha, (0, 0), 3)


def test_trimap_never_contradicts_alpha(disc):
    speckled = np.clip(disc + 0.3 * (np.random.default_rng(0).random(disc.shape) - 0.5), 0, 1).astype(np.float32)
    for alpha in (disc, speckled, np.zeros_like(disc), np.ones_like(disc)):
        for seed in range(40):
            trimap = make_trimap(np.random.default_rng(seed), alpha)
            assert trimap.dtype == np.uint8 and set(np.unique(trimap)) <= {0, 128, 255}
            assert (alpha[trimap == 255] >= 0.98).all()
            assert (alpha[trimap == 0] <= 0.02).all()


def test_some_trimaps_leave_a_spot_open_that_reaches_deep_into_the_foreground(disc):
    depth = cv2.distanceTransform(np.uint8(disc >= 0.98), cv2.DIST_L2, 3)
    found = []
    for seed in range(200):
        trimap = make_trimap(np.random.default_rng(seed), disc)
        open_depth, closed = depth[trimap == 128].max(), depth[trimap == 255]
        found.append(closed.size and closed.min() < 8 and open_depth > 25)  # narrow elsewhere
    assert 4 <= sum(found) <= 60


def test_trimaps_come_in_narrow_and_wide(disc):
    shares = [(make_trimap(np.random.default_rng(seed), disc) == 128).mean() for seed in range(60)]
    soft = ((disc > 0.02) & (disc < 0.98)).mean()
    assert min(shares) < 1.5 * soft and max(shares) > 3 * soft


def test_crop_contains_an_unknown_pixel_and_stays_inside():
    trimap = np.zeros((60, 60), np.uint8)
    trimap[2, 57] = 128
    top, left = crop_at_unknown(np.random.default_rng(0), trimap, 32)
    assert (top, left) == (0, 28)
    assert crop_at_unknown(np.random.default_rng(0), np.zeros((60, 60), np.uint8), 32) is None


def test_random_square_fits_any_picture():
    for shape in [(5, 90, 3), (90, 5, 3), (40, 40, 3)]:
        square = random_square(np.random.default_rng(0), np.full(shape, 7, np.uint8), 24)
        assert square.shape == (24, 24, 3) and (square == 7).all()


def test_small_photo_is_mirrored_rather_than_blown_up():
    stripes = np.tile(np.uint8([0, 255]).repeat(2), 10)[None, :, None].repeat(40, 0).repeat(3, 2)  # 40 x 40
    for seed in range(10):
        square = random_square(np.random.default_rng(seed), stripes, 120, cv2.INTER_NEAREST)
        edges = np.count_nonzero(np.diff(square[60, :, 0].astype(int)))
        assert edges >= 120 / (2 * 1.5) - 2  # an edge every two pixels, enlarged 1.5 times at most


def test_composite_follows_the_matting_equation():
    rng = np.random.default_rng(0)
    foreground, background = rng.integers(0, 256, (2, 20, 30, 3), np.uint8)
    alpha = rng.random((20, 30), np.float32)
    expected = alpha[..., None].astype(float) * foreground + (1 - alpha[..., None].astype(float)) * background
    assert np.abs(composite(foreground, background, alpha) - expected).max() <= 0.501
    assert np.array_equal(composite(foreground, background, np.ones((20, 30), np.float32)), foreground)
    assert np.array_equal(composite(foreground, background, np.zeros((20, 30), np.float32)), background)


def test_merged_foregrounds_composite_as_two_layers():
    rng = np.random.default_rng(1)
    front, back, background = rng.integers(0, 256, (3, 20, 30, 3), np.uint8)
    front_alpha, back_alpha = rng.random((2, 20, 30), np.float32)
    colour, alpha = merge((front, front_alpha), (back, back_alpha))
    assert np.allclose(alpha, 1 - (1 - front_alpha) * (1 - back_alpha), atol=1e-6)
    layered = composite(front, composite(back, background, back_alpha), front_alpha)
    assert np.abs(composite(colour, background, alpha).astype(int) - layered).max() <= 2


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_placed_cutout_shows_its_edge(cutout_folder, interpolation):
    foreground = CutoutFolder(cutout_folder)[0]
    for seed in range(10):
        colour, alpha = place_cutout(np.random.default_rng(seed), foreground, 80, interpolation, interpolation)
        assert colour.shape == (80, 80, 3) and colour.dtype == np.uint8
        assert alpha.dtype == np.float32 and 0 <= alpha.min() and alpha.max() <= 1
        assert ((alpha > 0.02) & (alpha < 0.98)).any()


def test_fully_opaque_cutout_can_be_placed():
    opaque = np.full((40, 40, 3), 255, np.uint8), np.ones((40, 40), np.float32)
    _, alpha = place_cutout(np.random.default_rng(0), opaque, 80)
    assert alpha.max() == 1


@pytest.mark.parametrize("change", [degrade, jitter_hsv, defocus])
def test_picture_changes_keep_shape_and_dtype(change):
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    for seed in range(10):
        changed = change(np.random.default_rng(seed), picture)
        assert changed.shape == picture.shape and changed.dtype == np.uint8
        assert np.array_equal(changed, change(np.random.default_rng(seed), picture))


def test_softened_alpha_stays_in_range(disc):
    for seed in range(20):
        soft = soften_alpha(np.random.default_rng(seed), disc)
        assert soft.dtype == np.float32 and 0 <= soft.min() and soft.max() <= 1
