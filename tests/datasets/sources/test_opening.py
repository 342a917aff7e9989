"""Folders of foregrounds in their layouts."""

import pytest

from hop_tf.datasets.sources import AdobeImageMatting, CutoutFolder, ParallelFolders, open_foregrounds
from hop_tf.errors import UserError


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


def test_layouts_are_recognised(adobe, tmp_path, draw_pairs, cutout_folder):
    assert type(open_foregrounds(adobe)) is AdobeImageMatting
    assert type(open_foregrounds(adobe / "Training_set")) is AdobeImageMatting
    assert type(open_foregrounds(draw_pairs(tmp_path / "set", 1))) is ParallelFolders
    assert type(open_foregrounds(cutout_folder, max_side=50)) is CutoutFolder
    assert len(open_foregrounds(adobe / "Training_set" / "Other", layout="folders")) == 2


def test_pictures_that_the_layout_leaves_out_are_named(tmp_path, draw_pairs, caplog):
    folder = draw_pairs(tmp_path / "set", 1)
    open_foregrounds(folder)
    assert not caplog.records
    (folder / "cutout.png").touch()
    assert len(open_foregrounds(folder)) == 1
    (record,) = caplog.records
    assert record.getMessage() == f"{folder}: left out, because they lie beside fg/ and alpha/: cutout.png"


def test_folder_of_no_known_layout_is_an_error_that_names_it(tmp_path):
    with pytest.raises(UserError, match=tmp_path.name):
        open_foregrounds(tmp_path)
    with pytest.raises(UserError, match="nowhere"):
        open_foregrounds(tmp_path / "nowhere")
    with pytest.raises(UserError, match="Adobe-licensed images"):
        open_foregrounds(tmp_path, layout="adobe")
    with pytest.raises(ValueError, match="cutouts, folders, adobe"):
        open_foregrounds(tmp_path, layout="zip")
