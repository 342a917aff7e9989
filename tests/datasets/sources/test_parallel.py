"""Foregrounds and alphas in folders side by side."""

import cv2
import numpy as np
import pytest

from hop_tf.datasets.sources import ParallelFolders
from hop_tf.datasets.sources.parallel import UnpairedFiles
from hop_tf.errors import UserError
from hop_tf.pictures.image_error import ImageError


def test_parallel_folders_give_documented_shapes_dtypes_and_ranges(tmp_path, draw_pairs):
    source = ParallelFolders(draw_pairs(tmp_path / "set", 2))
    colour, alpha = source[1]
    assert colour.shape == (100, 120, 3) and colour.dtype == np.uint8
    assert np.abs(colour[50, 60].astype(int) - [160, 90, 40]).max() <= 4  # RGB, not BGR
    assert alpha.shape == (100, 120) and alpha.dtype == np.float32
    assert alpha.min() == 0 and alpha.max() == 1
    assert ParallelFolders(tmp_path / "set", max_side=60)[0][1].shape == (50, 60)


def test_files_without_partner_are_named(tmp_path, draw_pairs):
    folder = draw_pairs(tmp_path / "set", 3)
    (folder / "alpha" / "object_1.png").unlink()
    with pytest.raises(UnpairedFiles, match=r"object_1\.jpg"):
        ParallelFolders(folder)


def test_alpha_of_another_size_is_an_error_that_names_it(tmp_path, draw_pairs):
    folder = draw_pairs(tmp_path / "set", 1)
    cv2.imwrite(str(folder / "alpha" / "object_0.png"), np.zeros((50, 60), np.uint8))
    with pytest.raises(ImageError, match=r"object_0\.png.*60 x 50 and 120 x 100"):
        ParallelFolders(folder)[0]


def test_two_files_of_the_same_stem_are_an_error_that_names_them(tmp_path, draw_pairs):
    folder = draw_pairs(tmp_path / "set", 1)
    (folder / "fg" / "object_0.png").write_bytes(b"")
    with pytest.raises(UserError, match=r"object_0\.png: object_0\.jpg has the same stem"):
        ParallelFolders(folder)
