import numpy as np
import pytest

from hop_tf.trimaps.band import trimap_of


def test_a_fixed_width_reaches_that_far_on_each_side():
    mask = np.zeros((60, 80), bool)
    mask[:, 40:] = True
    trimap = trimap_of(np.zeros((60, 80, 3), np.uint8), mask, width=5)
    assert (trimap[30] == [0] * 35 + [128] * 10 + [255] * 35).all()


def test_the_band_scales_with_the_photo():
    mask = np.zeros((100, 200), bool)
    mask[20:80, 50:150] = True
    small = trimap_of(np.full((100, 200, 3), 90, np.uint8), mask)
    large = trimap_of(np.full((400, 800, 3), 90, np.uint8), np.kron(mask, np.ones((4, 4), bool)))
    assert (small == 128).mean() == pytest.approx((large == 128).mean(), rel=0.2)


def test_the_band_is_wider_where_colours_overlap():
    """Above, red beside green; below, noise of the same colours on both sides."""
    mask = np.zeros((200, 200), bool)
    mask[:, 100:] = True
    photo = np.where(mask[..., None], (200, 40, 40), (40, 200, 40)).astype(np.uint8)
    photo[100:] = np.random.default_rng(0).integers(0, 256, (100, 200, 3))
    unknown = (trimap_of(photo, mask) == 128).sum(axis=1)
    assert unknown[150] > 2 * unknown[40] > 0


def test_levels_in_between_are_unknown():
    mask = np.zeros((60, 80), np.uint8)
    mask[10:50, 20:40], mask[10:50, 40:60] = 255, 128
    assert (trimap_of(np.zeros((60, 80, 3), np.uint8), mask)[20:40, 42:58] == 128).all()


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match="Received"):
        trimap_of(np.zeros((60, 80, 3), np.uint8), np.zeros((30, 40), bool))


@pytest.mark.parametrize("width", [None, 3])
def test_a_mask_without_an_object_is_all_background(width):
    trimap = trimap_of(np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80), bool), width)
    assert (trimap == 0).all()
