"""A folder of pictures with an alpha channel."""

import numpy as np
import pytest

from hop_tf.datasets.sources import CutoutFolder
from hop_tf.pictures.image_error import ImageError


def test_cutouts_have_documented_shape_dtype_and_range(cutout_folder):
    folder = CutoutFolder(cutout_folder)
    assert len(folder) == 3
    colour, alpha = folder[1]
    assert colour.shape == (90, 80, 3) and colour.dtype == np.uint8
    assert alpha.shape == (90, 80) and alpha.dtype == np.float32
    assert alpha.min() == 0 and alpha.max() == 1


def test_cutout_colours_reach_into_transparent_surroundings(cutout_folder):
    colour, alpha = CutoutFolder(cutout_folder)[0]
    assert np.abs(colour[alpha < 0.5].astype(int) - [60, 90, 30]).max() <= 3


def test_large_cutouts_are_shrunk(cutout_folder):
    colour, alpha = CutoutFolder(cutout_folder, max_side=45)[0]
    assert alpha.shape == (45, 35) and colour.shape == (45, 35, 3)


def test_every_group_of_cutouts_gets_its_weight(cutout_folder):
    folder = CutoutFolder(cutout_folder, weights={"emoji": 1, "foliage": 2})
    assert np.allclose(folder.probabilities, [0.25, 0.5, 0.25])


def test_cutout_without_alpha_is_reported_by_name(photo_folder):
    with pytest.raises(ImageError, match=r"photo_0\.png: the picture has no alpha channel"):
        CutoutFolder(photo_folder)[0]
