"""Listing the pictures in a folder."""

import pytest
from PIL import Image

from hop_tf.errors import UserError
from hop_tf.pictures.folders import PICTURE_SUFFIXES, UNREADABLE_SUFFIXES, is_picture, list_pictures, pictures_by_stem
from hop_tf.pictures.reading import read_photo


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


def test_every_listed_kind_is_read(tmp_path):
    for suffix in PICTURE_SUFFIXES:
        path = tmp_path / f"photo{suffix.upper()}"
        form = {".jpc": "JPEG2000", ".psd": None, ".mpo": "JPEG", ".pnm": "PPM", ".jpf": "JPEG2000"}
        form = form.get(suffix, Image.registered_extensions().get(suffix))
        if form and form in Image.SAVE:
            Image.new("RGB", (8, 8), (200, 40, 90)).save(path, format=form)
            assert list_pictures(tmp_path) == [path] and read_photo(path).shape == (8, 8, 3)
            path.unlink()
    assert not PICTURE_SUFFIXES & UNREADABLE_SUFFIXES


@pytest.mark.parametrize("name", ["phone.HEIC", "film.pfm", "camera.CR2", "drawing.svg", "scene.hdr", "new.jxl"])
def test_pictures_that_cannot_be_read_are_named(folder, caplog, name):
    (folder / name).touch()
    (folder / f".{name}").touch()
    assert len(list_pictures(folder)) == 3
    assert [record.getMessage() for record in caplog.records] == [
        f"{folder}: skipped, cannot be read: {name}; save them as PNG or JPEG"
    ]


def test_a_folder_of_unreadable_pictures_says_so(tmp_path):
    (tmp_path / "a.heic").touch()
    with pytest.raises(UserError, match=r"no picture in this folder \(only a\.heic, which cannot be read\)"):
        list_pictures(tmp_path)
