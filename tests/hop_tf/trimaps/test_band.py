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
    assert (small == 128).mean() == pytest.approx((large == 128).mean(), rel=0.15)


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match="Received"):
        trimap_of(np.zeros((60, 80, 3), np.uint8), np.zeros((30, 40), bool))
