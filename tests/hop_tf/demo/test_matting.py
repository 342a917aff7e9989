"""What the page does with uploaded files; messages name the file as it was on the visitor's disk."""

import numpy as np
import pytest
from PIL import Image

from hop_tf.demo import matting
from hop_tf.errors import UserError
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_photo, read_trimap


@pytest.fixture
def upload(tmp_path):
    def write(name, array):
        Image.fromarray(np.asarray(array, np.uint8)).save(tmp_path / name)
        return str(tmp_path / name)

    return write


def test_a_damaged_upload_is_named_without_its_place_on_the_server(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(b"text")
    with pytest.raises(ImageError, match=r"^cat\.png: not a picture that can be read"):
        matting.read_upload(read_photo, str(path), 1)


def test_a_large_picture_is_refused_before_it_is_decoded(upload, monkeypatch):
    path = upload("cat.png", np.zeros((100, 200)))
    assert matting.read_upload(read_trimap, path, 0.02).shape == (100, 200)
    monkeypatch.setattr(Image.Image, "load", None)
    with pytest.raises(ImageError, match=r"^cat.png: has 0.0 megapixels, this page takes 0.01; scale it down"):
        matting.read_upload(read_trimap, path, 0.01)


def test_photo_and_trimap_of_different_size_are_refused(upload):
    photo, trimap = upload("cat.png", np.zeros((4, 5, 3))), upload("trimap.png", np.zeros((5, 4)))
    with pytest.raises(UserError, match=r"^trimap.png: is 4 x 5 pixels but cat.png is 5 x 4"):
        matting.read_pair(photo, trimap, "background", 1)


def test_without_a_trimap_one_level_holds(upload):
    photo, trimap = matting.read_pair(upload("cat.png", np.zeros((4, 5, 3))), None, "unknown", 1)
    assert photo.shape == (4, 5, 3)
    np.testing.assert_array_equal(trimap, np.full((4, 5), 128))


def test_a_trimap_without_unknown_pixels_is_explained():
    with pytest.raises(UserError, match="^no pixel is unknown; paint the outline"):
        matting.matte(None, np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5), np.uint8))


@pytest.mark.parametrize("colour", ["#d2e1eb", "rgba(210.2, 225, 234.9, 1)", "rgb(210, 225, 235)"])
def test_colours_as_the_page_gives_them(colour):
    assert matting.background_of(colour, None, 1) == (210, 225, 235)


def test_a_background_picture_comes_before_the_colour(upload):
    picture = np.full((2, 3, 3), 7, np.uint8)
    np.testing.assert_array_equal(matting.background_of("#d2e1eb", upload("sea.png", picture), 1), picture)


def test_results_are_named_after_the_photo(tmp_path):
    photo, trimap = np.full((4, 5, 3), 90, np.uint8), np.full((4, 5), 128, np.uint8)
    alpha = np.full((4, 5), 0.5, np.float32)
    paths = matting.write_results(tmp_path, "cat", photo, trimap, alpha)
    composite = matting.write_composite(tmp_path, "cat", photo, alpha, (210, 225, 235))
    expected = [
        ("cat_alpha.png", "L"),
        ("cat_cutout.png", "RGBA"),
        ("cat_trimap.png", "L"),
        ("cat_composite.png", "RGB"),
    ]
    for path, (name, mode) in zip([*paths, composite], expected, strict=True):
        assert path == str(tmp_path / name)
        assert Image.open(path).mode == mode
    assert np.asarray(Image.open(paths[0]))[0, 0] == 128
