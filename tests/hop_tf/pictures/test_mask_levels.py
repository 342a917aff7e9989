"""The two levels of masks."""

import numpy as np
import pytest

from helpers.discs import disc, jpeg
from hop_tf.pictures.mask_levels import two_levels


@pytest.mark.parametrize(("low", "high"), [(0, 255), (0, 1), (50, 200), (100, 255)])
def test_hard_masks_have_two_levels(low, high):
    assert two_levels(disc(30, low, high)) == (low, high)


@pytest.mark.parametrize(("low", "high"), [(0, 255), (50, 200), (0, 100)])
@pytest.mark.parametrize("quality", [75, 95])
def test_soft_edges_and_the_noise_of_jpeg_do_not_hide_the_two_levels(low, high, quality):
    found = two_levels(jpeg(disc(35, low, high, blur=0.6), quality))
    assert found is not None and np.abs(np.subtract(found, (low, high))).max() <= 2
