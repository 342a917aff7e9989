"""What the page does with uploaded files; messages name the file as it was on the visitor's disk."""

import numpy as np
import pytest
from PIL import Image

from hop_tf.demo import matting
from hop_tf.errors import UserError
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_photo, read_trimap
from hop_tf.pictures.writing import write_picture


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


def test_openexr_uploads_keep_the_limit_and_need_a_readable_header(tmp_path):
    pytest.importorskip("OpenEXR")
    path = tmp_path / "cat.exr"
    write_picture(path, np.zeros((100, 200, 3), np.uint8))
    assert matting.read_upload(read_photo, str(path), 0.02).shape == (100, 200, 3)
    with pytest.raises(ImageError, match=r"^cat.exr: has 0.0 megapixels, this page takes 0.01; scale it down"):
        matting.read_upload(read_photo, str(path), 0.01)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ImageError, match=r"^cat.exr: damaged or truncated"):
        matting.read_upload(lambda path: pytest.fail("it was decoded"), str(path), 1)


def test_photo_and_trimap_of_different_size_are_refused(upload):
    photo, trimap = upload("cat.png", np.zeros((4, 5, 3))), upload("trimap.png", np.eye(5, 4) * 128)
    with pytest.raises(UserError, match=r"^trimap.png: is 4 x 5 pixels but cat.png is 5 x 4"):
        matting.read_pair(photo, trimap, 1)


def test_a_trimap_needs_a_photo_and_a_photo_needs_no_trimap(upload):
    with pytest.raises(UserError, match="^there is no photo yet; choose one first$"):
        matting.read_pair(None, upload("trimap.png", np.zeros((5, 4))), 1)
    photo, given = matting.read_pair(upload("cat.png", np.zeros((4, 5, 3))), None, 1)
    assert photo.shape == (4, 5, 3) and given is None


def test_a_mask_may_be_an_alpha_channel_where_a_trimap_may_not(upload):
    mask = np.zeros((4, 5))
    mask[1:3] = 255
    levels = np.dstack([np.full((4, 5), 200), np.zeros((4, 5)), np.zeros((4, 5)), mask])
    np.testing.assert_array_equal(matting.read_given(upload("mask.png", levels), 1), mask)
    levels[0, :, 3] = 128
    with pytest.raises(ImageError, match=r"^trimap\.png: "):
        matting.read_given(upload("trimap.png", levels), 1)


def test_a_mask_of_another_size_is_scaled_to_the_photo(upload):
    mask = np.repeat([[0], [255]], 3, axis=1)
    _, given = matting.read_pair(upload("cat.png", np.zeros((80, 120, 3))), upload("mask.png", mask), 1)
    assert given.shape == (80, 120) and (given[:10] == 0).all() and (given[-10:] == 255).all()


def test_labels_are_no_trimap(upload):
    labels = np.repeat([[0], [1], [2]], 5, axis=1)
    with pytest.raises(UserError, match=r"^labels\.png: the levels 0, 1 and 2 would all be background"):
        matting.read_given(upload("labels.png", labels), 1)


def test_a_trimap_without_unknown_pixels_is_explained():
    with pytest.raises(UserError, match="^no pixel is unknown; paint the outline"):
        matting.matte(None, np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5), np.uint8))


@pytest.mark.parametrize("colour", ["#d2e1eb", "rgba(210.2, 225, 234.9, 1)", "rgb(210, 225, 235)"])
def test_colours_as_the_page_gives_them(colour):
    assert matting.background_of("Colour", colour, None, 1) == (210, 225, 235)


def test_backgrounds_by_name(upload):
    sea = np.full((2, 3, 3), 7, np.uint8)
    path = upload("sea.png", sea)
    assert matting.background_of("White", "#d2e1eb", path, 1) == (255, 255, 255)
    assert matting.background_of("Transparent", "#d2e1eb", path, 1) is None
    np.testing.assert_array_equal(matting.background_of("Picture", "#d2e1eb", path, 1), sea)
    assert matting.background_of("Picture", "#d2e1eb", None, 1) is None


def test_results_are_named_after_the_photo(tmp_path):
    photo, trimap = np.full((4, 5, 3), 90, np.uint8), np.full((4, 5), 128, np.uint8)
    alpha = np.full((4, 5), 0.5, np.float32)
    paths = matting.write_results(tmp_path, "cat", photo, trimap, alpha)
    composite = matting.write_composite(tmp_path, "cat", photo, alpha, (210, 225, 235))
    expected = [
        ("cat_cutout.png", "RGBA"),
        ("cat_alpha.png", "L"),
        ("cat_trimap.png", "L"),
        ("cat_composite.png", "RGB"),
    ]
    for path, (name, mode) in zip([*paths.values(), composite], expected, strict=True):
        assert path == str(tmp_path / name)
        assert Image.open(path).mode == mode
    assert np.asarray(Image.open(paths["alpha"]))[0, 0] == 128
