"""Cutouts placed on a square."""

import numpy as np
import pytest

from hop_tf.datasets.sources import CutoutFolder
from hop_tf.datasets.transforms.affine import place_cutout
from hop_tf.datasets.transforms.crop import INTERPOLATIONS


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
