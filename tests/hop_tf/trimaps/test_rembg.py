"""Masks by the package rembg. Its models are downloaded, so tests write a tiny one in their place."""

import sys
import warnings

import numpy as np
import pytest

from helpers.rembg_model import use_rembg_home, write_rembg_model
from hop_tf.errors import MissingPackageError, UserError
from hop_tf.trimaps.band import trimap_of
from hop_tf.trimaps.rembg import RembgModel


@pytest.fixture
def home(tmp_path, monkeypatch):
    return use_rembg_home(tmp_path, monkeypatch)


@pytest.fixture
def photo():
    """A red square, rows 30 to 89 and columns 60 to 119, on black."""
    photo = np.zeros((120, 180, 3), np.uint8)
    photo[30:90, 60:120, 0] = 240
    return photo


def test_a_trimap_is_made_from_the_object_that_the_model_finds(home, photo):
    write_rembg_model(home)
    mask = RembgModel().mask(photo)
    assert mask.shape == (120, 180) and mask.dtype == np.uint8
    assert (mask[32:88, 62:118] > 250).all() and (mask[:20] < 5).all()
    trimap = RembgModel().trimap(photo)
    assert (trimap[40:80, 70:110] == 255).all() and (trimap[30:90, 59:62] == 128).all() and (trimap[:, :50] == 0).all()


def test_the_band_around_the_uncertain_levels_is_1_percent_of_the_longer_side_or_as_given(home, photo):
    write_rembg_model(home)
    model = RembgModel()
    certain = trimap_of(photo, model.mask(photo), 0)[60]
    assert (model.trimap(photo)[60] == 128).sum() - (certain == 128).sum() == 4  # 1.8 pixels hold one whole one
    assert (model.trimap(photo, 10)[60] == 128).sum() - (certain == 128).sum() == 40


def test_a_box_keeps_the_object_in_it_and_the_model_sees_its_surroundings(home, photo):
    write_rembg_model(home)
    two = np.concatenate([photo, photo], axis=1)
    model, box = RembgModel(), (20, 20, 150, 80)
    x, y, width, height = box
    mask = model.mask(two, box)
    assert (mask[32:88, 62:118] > 250).all()
    outside = np.ones(mask.shape, bool)
    outside[y : y + height, x : x + width] = False
    assert not mask[outside].any()
    np.testing.assert_array_equal(mask[y : y + height, x : x + width], model.mask(two[12:108, 5:185])[8:88, 15:165])
    np.testing.assert_array_equal(model.trimap(two, box=box), trimap_of(two, mask, 1.5))


def test_parts_of_a_box_outside_the_photo_are_ignored_and_a_box_beside_it_is_refused(home, photo):
    write_rembg_model(home)
    model = RembgModel()
    np.testing.assert_array_equal(model.mask(photo, (-30, -5, 999, 999)), model.mask(photo))
    for box in ((180, 0, 9, 9), (-9, 0, 9, 9)):
        with pytest.raises(
            ValueError, match=r"`box` must overlap the photo of shape \(120, 180\). Received: \(-?\d+, 0"
        ):
            model.mask(photo, box)


def test_a_photo_of_16_bits_has_the_mask_of_its_8_bits(home, photo):
    write_rembg_model(home, "u2net")
    model = RembgModel("u2net")
    np.testing.assert_array_equal(model.mask(photo * np.uint16(257)), model.mask(photo))


def test_a_photo_without_an_object_has_an_empty_mask(home):
    write_rembg_model(home)
    with warnings.catch_warnings(action="error"):
        assert not RembgModel().mask(np.full((20, 30, 3), 90, np.uint8)).any()


def test_a_photo_of_another_shape_is_refused(home):
    write_rembg_model(home)
    with pytest.raises(ValueError, match=r"Received: uint8 \(20, 30\)"):
        RembgModel().mask(np.zeros((20, 30), np.uint8))


@pytest.mark.parametrize("name", ["u2netq", "", "sam", "withoutbg", "dis_custom"])
def test_models_that_run_elsewhere_or_take_more_than_a_photo_are_unknown(home, name):
    with pytest.raises(UserError, match=f"rembg:{name}: no such model; expected one of .*isnet-general-use.* u2netp$"):
        RembgModel(name)


def test_a_model_that_cannot_be_downloaded_is_named_and_leaves_no_file(home):
    with pytest.raises(UserError, match=r"rembg:u2netp: .* \(ProxyError\); .* copy u2netp.onnx to .*models/u2netp$"):
        RembgModel()
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_broken_model_is_named(home):
    path = write_rembg_model(home)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match="u2netp.onnx: cannot be loaded: .*; delete it to download it again") as caught:
        RembgModel()
    assert "\n" not in str(caught.value)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "rembg", None)
    monkeypatch.delitem(sys.modules, "rembg.sessions", raising=False)
    with pytest.raises(MissingPackageError, match=r'pip install "hop-tf\[rembg\]"'):
        RembgModel()
