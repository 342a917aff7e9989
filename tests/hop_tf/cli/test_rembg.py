"""`matte` and `trimap` with --trimap-from rembg. A tiny model stands in for those that rembg downloads."""

import sys

import numpy as np
import pytest
from PIL import Image

from helpers.rembg_model import use_rembg_home, write_rembg_model
from helpers.said import said
from hop_tf.cli.app import main

COMMAND = "trimap"
FROM_REMBG = "--trimap-from", "rembg"


@pytest.fixture
def home(tmp_path_factory, monkeypatch):
    return use_rembg_home(tmp_path_factory.mktemp("rembg"), monkeypatch)


@pytest.fixture
def square():
    """A red square, rows 30 to 89 and columns 60 to 119, on black."""
    photo = np.zeros((120, 180, 3), np.uint8)
    photo[30:90, 60:120, 0] = 240
    return photo


@pytest.fixture
def matte(weights):
    return lambda *argv: main(["matte", *map(str, argv), "--weights", str(weights)])


def read(path):
    return np.asarray(Image.open(path))


def test_a_trimap_and_a_matte_are_made_from_what_rembg_finds(home, draw, square, matte, tmp_path, capsys):
    write_rembg_model(home)
    photo = draw("cat.png", square)
    assert main(["trimap", str(photo), *FROM_REMBG]) == 0
    trimap = read(tmp_path / "cat_trimap.png")
    assert (trimap[40:80, 70:110] == 255).all() and (trimap[30:90, 59:62] == 128).all() and (trimap[:, :50] == 0).all()
    assert matte(photo, *FROM_REMBG) == 0
    np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), np.where(trimap == 255, 255, square[:, :, 0]))
    assert said(capsys).err == ""


def test_photos_of_a_folder_are_matted_with_one_model_and_those_without_an_object_are_named(
    home, draw, square, matte, tmp_path, capsys
):
    write_rembg_model(home)
    write_rembg_model(home, "u2net")
    photos = [draw(f"photos/{name}.png", picture) for name, picture in {"a": square, "b": 0 * square}.items()]
    out = tmp_path / "out"
    assert matte(photos[0].parent, *FROM_REMBG, "-o", out) == 1
    assert "b.png: the model finds no object; draw a --box around it" in said(capsys).err
    assert read(out / "a.png")[60, 90] == 255 and not (out / "b.png").exists()
    assert matte(photos[0].parent, "--trimap-from", "rembg:u2net", "-o", out) == 2
    assert "made with trimaps rembg:u2netp, not with trimaps rembg:u2net" in said(capsys).err
    assert main(["trimap", str(photos[0].parent), *FROM_REMBG, "-o", str(tmp_path / "trimaps")]) == 1
    assert read(tmp_path / "trimaps/a.png")[60, 90] == 255


def test_a_box_says_which_object_is_meant(home, draw, square, matte, tmp_path, capsys):
    write_rembg_model(home)
    photo = draw("cat.png", np.concatenate([square, square], axis=1))
    box = "--box", "50,20,80,80"
    assert main(["trimap", str(photo), *FROM_REMBG, *box]) == 0
    trimap = read(tmp_path / "cat_trimap.png")
    assert (trimap[40:80, 70:110] == 255).all() and not trimap[:, 140:].any()
    assert matte(photo, *FROM_REMBG, *box) == 0
    assert (read(tmp_path / "cat_alpha.png")[:, 140:] == 0).all()
    assert said(capsys).err == ""


def test_boxes_that_rembg_cannot_use_are_explained(home, draw, square, fails_with):
    write_rembg_model(home)
    photo = draw("photos/cat.png", square)
    fails_with([photo, *FROM_REMBG, "--box", "0,0,20,20"], "finds no object in the --box; leave out --trimap-from")
    fails_with([photo, *FROM_REMBG, "--box", "0,0,20,20", "--inside", "9,9"], "finds no object in the --box")
    fails_with([photo, *FROM_REMBG, "--box", "180,0,9,9"], "--box 180,0,9,9: lies outside", "180 x 120 pixels")
    fails_with([photo.parent, *FROM_REMBG, "--box", "1,2,9,9"], "fit one photo, so give --trimap-from without them")
    for source in ("alpha", photo):
        fails_with([photo, "--trimap-from", source, "--box", "1,2,9,9"], "--box: not allowed with", "only rembg takes")
    fails_with([photo.parent, *FROM_REMBG, "--inside", "9,9"], "fit one photo, so give --trimap-from without them")


def test_clicks_correct_what_rembg_finds(home, draw, square, tmp_path):
    write_rembg_model(home)
    square[10:25, 20:40, 2] = 240  # a blue ear, which the model does not see
    photo = draw("cat.png", square)
    assert main(["trimap", str(photo), *FROM_REMBG, "--inside", "30,17"]) == 0
    trimap = read(tmp_path / "cat_trimap.png")
    assert (trimap[14:21, 24:36] == 255).all() and (trimap[40:80, 70:110] == 255).all()
    assert (trimap[:5] == 0).all() and (trimap[:, 130:] == 0).all()


def test_a_folder_called_rembg_is_not_taken_for_the_model(draw, square, fails_with, tmp_path, monkeypatch):
    photo = draw("photos/a.png", square)
    draw("rembg/a.png", square[:, :, 0])
    monkeypatch.chdir(tmp_path)
    fails_with([photo.parent, *FROM_REMBG], "write ./rembg for that, or rembg:u2netp for the model")
    assert main(["trimap", "photos", "--trimap-from", "./rembg", "-o", "out"]) == 0
    assert read(tmp_path / "out/a.png")[60, 90] == 255


def test_a_model_that_cannot_be_downloaded_ends_the_command(home, draw, square, matte, files_in, capsys):
    photo = draw("photos/a.png", square)
    before = files_in()
    for paths in ([photo], [photo.parent, "-o", photo.parent.parent / "out"]):
        assert matte(*paths, *FROM_REMBG) == 2
        errors = [line for line in said(capsys).err.splitlines() if not line.startswith("Downloading ")]
        assert len(errors) == 1 and errors[0].startswith("error: rembg:u2netp: the model cannot be downloaded (")
    assert files_in() == before
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_unknown_models_and_the_missing_package_are_named(home, draw, square, fails_with, monkeypatch):
    photo = draw("a.png", square)
    fails_with([photo, "--trimap-from", "rembg:u2netq"], "rembg:u2netq: no such model", "u2net_human_seg")
    monkeypatch.setitem(sys.modules, "rembg", None)
    monkeypatch.delitem(sys.modules, "rembg.sessions")
    fails_with([photo, *FROM_REMBG], 'rembg: the package is not installed; pip install "hop-tf[rembg]"')
