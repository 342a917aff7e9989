import pickle

import cv2
import numpy as np
import pytest

from hop_tf.datasets.sources import (
    AdobeImageMatting,
    CutoutFolder,
    ParallelFolders,
    ProceduralForegrounds,
    open_foregrounds,
)
from hop_tf.datasets.sources.cache import ByteCache


@pytest.fixture
def adobe(tmp_path, draw_pairs):
    root = tmp_path / "Combined_Dataset"
    draw_pairs(root / "Training_set" / "Adobe-licensed images", 3, start="licensed")
    draw_pairs(root / "Training_set" / "Other", 2, start="other")
    draw_pairs(root / "Test_set" / "Adobe-licensed images", 1, start="test")
    return root


def test_adobe_layout_joins_both_parts_of_a_split(adobe):
    training = AdobeImageMatting(adobe)
    assert [colour.stem for colour, _ in training.pairs] == [*(f"licensed_{i}" for i in range(3)), "other_0", "other_1"]
    assert len(AdobeImageMatting(adobe, "Test_set")) == 1
    assert len(AdobeImageMatting(adobe / "Training_set")) == 5


def test_parallel_folders_give_documented_shapes_dtypes_and_ranges(tmp_path, draw_pairs):
    source = ParallelFolders(draw_pairs(tmp_path / "set", 2))
    colour, alpha = source[1]
    assert colour.shape == (100, 120, 3) and colour.dtype == np.uint8
    assert np.abs(colour[50, 60].astype(int) - [160, 90, 40]).max() <= 4  # RGB, not BGR
    assert alpha.shape == (100, 120) and alpha.dtype == np.float32
    assert alpha.min() == 0 and alpha.max() == 1
    assert ParallelFolders(tmp_path / "set", max_side=60)[0][1].shape == (50, 60)


def test_layouts_are_recognised(adobe, tmp_path, draw_pairs, cutout_folder):
    assert type(open_foregrounds(adobe)) is AdobeImageMatting
    assert type(open_foregrounds(adobe / "Training_set")) is AdobeImageMatting
    assert type(open_foregrounds(draw_pairs(tmp_path / "set", 1))) is ParallelFolders
    assert type(open_foregrounds(cutout_folder, max_side=50)) is CutoutFolder
    assert len(open_foregrounds(adobe / "Training_set" / "Other", layout="folders")) == 2


def test_folder_of_no_known_layout_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ValueError, match=tmp_path.name):
        open_foregrounds(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        open_foregrounds(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="Adobe-licensed images"):
        open_foregrounds(tmp_path, layout="adobe")
    with pytest.raises(ValueError, match="cutouts, folders, adobe"):
        open_foregrounds(tmp_path, layout="zip")


def test_files_without_partner_are_named(tmp_path, draw_pairs):
    folder = draw_pairs(tmp_path / "set", 3)
    (folder / "alpha" / "object_1.png").unlink()
    with pytest.raises(ValueError, match=r"object_1\.jpg"):
        ParallelFolders(folder)


def test_alpha_of_another_size_is_an_error_that_names_it(tmp_path, draw_pairs):
    folder = draw_pairs(tmp_path / "set", 1)
    cv2.imwrite(str(folder / "alpha" / "object_0.png"), np.zeros((50, 60), np.uint8))
    with pytest.raises(ValueError, match=r"object_0\.png.*60 x 50 and 120 x 100"):
        ParallelFolders(folder)[0]


def test_drawn_foregrounds_by_index_are_always_the_same():
    drawn = ProceduralForegrounds(count=5, side=48)
    assert len(drawn) == 5
    for first, second in zip(drawn[3], ProceduralForegrounds(count=5, side=48)[3], strict=True):
        assert np.array_equal(first, second)
    assert (drawn[3][1] != drawn[4][1]).any()
    with pytest.raises(IndexError):
        drawn[5]


def test_cache_stays_below_its_limit_and_forgets_what_was_not_used():
    cache, loaded = ByteCache(300), []

    def get(key, size=100):
        return cache.get(key, lambda: loaded.append(key) or (np.zeros(size, np.uint8),))

    for key in "abcabd":
        get(key)
    assert loaded == ["a", "b", "c", "d"] and cache.used == 300
    get("a")
    get("c")
    assert loaded == ["a", "b", "c", "d", "c"]
    get("large", 400)
    assert cache.used == 300


def test_sources_sent_to_another_process_start_with_an_empty_cache(tmp_path, draw_pairs):
    source = ParallelFolders(draw_pairs(tmp_path / "set", 1))
    colour, _ = source[0]
    copy = pickle.loads(pickle.dumps(source))
    assert copy._cache.used == 0 and np.array_equal(copy[0][0], colour)
