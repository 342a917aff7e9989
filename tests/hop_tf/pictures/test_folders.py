"""Listing the pictures in a folder."""

import pytest

from hop_tf.errors import UserError
from hop_tf.pictures.folders import is_picture, list_pictures, pictures_by_stem


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.JPG", "c.webp", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    return tmp_path


def test_pictures_are_sorted_and_hidden_and_other_files_skipped(folder):
    assert [path.name for path in list_pictures(str(folder))] == ["a.JPG", "b.png", "c.webp"]
    assert list(pictures_by_stem(folder)) == ["a", "b", "c"]
    assert not is_picture(folder / "folder.png")


@pytest.mark.parametrize("listing", [list_pictures, pictures_by_stem])
def test_missing_and_empty_folders_are_named(tmp_path, listing):
    with pytest.raises(UserError, match=r"nowhere: no such folder"):
        listing(tmp_path / "nowhere")
    with pytest.raises(UserError, match=rf"{tmp_path.name}: no picture in this folder"):
        listing(tmp_path)
    (tmp_path / "a.png").touch()
    with pytest.raises(UserError, match=r"a\.png: is a file; expected a folder"):
        listing(tmp_path / "a.png")


def test_two_pictures_of_the_same_stem_are_named(folder):
    (folder / "a.png").touch()
    with pytest.raises(UserError, match=r"a\.png: a\.JPG has the same stem"):
        pictures_by_stem(folder)
    assert len(list_pictures(folder)) == 4
