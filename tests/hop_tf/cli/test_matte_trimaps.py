"""`matte`: trimaps from files, masks and alpha channels, and what it says of odd ones."""

import numpy as np
import pytest
from PIL import Image

from helpers.said import said
from hop_tf.cli.app import main

COMMAND = "matte"


def read(path):
    return np.asarray(Image.open(path))


@pytest.fixture
def run(weights):
    return lambda *argv: main(["matte", *map(str, argv), "--weights", str(weights)])


@pytest.fixture
def mask_array():
    """Foreground from column 15 on."""
    return np.where(np.arange(30) < 15, 0, 255) * np.ones((20, 1), np.uint8)


@pytest.fixture
def unknown_within_3(photo_array):
    """The alpha that is found if the columns 12 to 17 are unknown."""
    columns = np.arange(30)
    return np.where(columns < 12, 0, np.where(columns < 18, photo_array[:, :, 0], 255))


def test_a_trimap_is_made_from_a_mask(pair, draw, run, tmp_path, mask_array, unknown_within_3, capsys):
    for name, levels in {"mask.png": mask_array, "labels.png": mask_array // 255}.items():
        mask = draw(name, levels)
        assert run("--trimap-from", mask, "--width", "3", pair[0]) == 0
        np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), unknown_within_3)
    assert said(capsys).err == ""


def test_a_trimap_is_made_from_the_photos_own_alpha_channel(
    draw, run, tmp_path, photo_array, mask_array, unknown_within_3
):
    photo = draw("cat.png", np.dstack([photo_array, mask_array]))
    assert run(photo, "--trimap-from", "alpha", "--width", "3") == 0
    np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), unknown_within_3)


def test_trimaps_are_made_from_a_folder_of_masks(draw, run, tmp_path, photo_array, mask_array, unknown_within_3):
    for name in "ab":
        draw(f"photos/{name}.png", np.dstack([photo_array, mask_array]))
        draw(f"masks/{name}.bmp", mask_array)
    photos = tmp_path / "photos"
    for number, origin in enumerate((tmp_path / "masks", "alpha")):
        out = tmp_path / f"out{number}"
        assert run(photos, "--trimap-from", origin, "--width", "3", "-o", out) == 0
        for name in "ab":
            np.testing.assert_array_equal(read(out / f"{name}.png"), unknown_within_3)


@pytest.mark.parametrize("dark", [13, 50, 100])
@pytest.mark.parametrize("mode", ["L", "RGB", "in the alpha channel"])
def test_a_mask_may_have_any_two_levels_in_any_place(
    pair, draw, run, tmp_path, mask_array, unknown_within_3, capsys, dark, mode
):
    levels = np.where(mask_array, 255, dark)
    white = np.full_like(levels, 255)
    layers = {"L": levels, "RGB": np.dstack([levels] * 3), "in the alpha channel": np.dstack([white] * 3 + [levels])}
    mask = draw("mask.png", layers[mode])
    assert run("--trimap-from", mask, "--width", "3", pair[0]) == 0
    np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), unknown_within_3)
    assert said(capsys).err == ""


def test_masks_of_other_sizes_and_colours_are_taken(pair, draw, run, tmp_path, mask_array, unknown_within_3):
    large = np.kron(mask_array, np.ones((4, 4), np.uint8))
    for name, levels in {"large.png": large, "red.png": np.dstack([large, 0 * large, 0 * large])}.items():
        assert run(pair[0], "--trimap-from", draw(name, levels), "--width", "3") == 0
        np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), unknown_within_3)


def test_a_box_mattes_in_one_step(draw, run, tmp_path):
    photo = np.random.default_rng(0).integers(0, 60, (60, 80, 3))
    photo[20:40, 30:50] += 190
    cat = draw("cat.png", photo)
    assert run(cat, "--box", "24,14,32,32") == 0
    alpha = read(tmp_path / "cat_alpha.png")
    assert (alpha[26:34, 36:44] == 255).all()
    assert (alpha[:10] == 0).all()


@pytest.mark.parametrize("hidden", [0, 128, 255])
def test_a_trimap_with_transparent_parts_is_refused_with_the_reason(pair, draw, fails_with, trimap_array, hidden):
    unpainted = trimap_array == 0
    grey = np.where(unpainted, hidden, trimap_array)
    painted = draw("painted.png", np.dstack([grey] * 3 + [np.where(unpainted, 0, 255)]))
    fails_with([pair[0], painted], painted, "parts of the trimap are transparent", "fill them with black (background)")


def test_the_unknown_region_of_a_trimap_is_widened(pair, run, tmp_path, photo_array):
    assert run(*pair, "--dilate-unknown", "2") == 0
    columns = np.arange(30)
    expected = np.where(columns < 6, 0, np.where(columns < 24, photo_array[:, :, 0], 255))
    np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), expected)


def test_a_width_that_removes_the_foreground_is_reported(pair, draw, run, mask_array, capsys):
    mask = draw("mask.png", mask_array)
    assert run(pair[0], "--trimap-from", mask, "--width", "99") == 0
    error = said(capsys).err
    assert error.startswith(f"warning: {mask}: the trimap made of it: every pixel is unknown")
    assert error.endswith("try another --width\n")


def test_masks_that_make_no_trimap_are_refused(pair, draw, fails_with):
    fails_with([pair[0], "--trimap-from", draw("black.png", 0)], "black.png: the mask is 0 everywhere")
    fails_with([pair[0], "--trimap-from", "alpha"], pair[0], "the picture has no alpha channel")
    opaque = draw("opaque.png", np.full((20, 30, 4), 255))
    fails_with([opaque, "--trimap-from", "alpha"], opaque, "its alpha channel is 255 everywhere")
    mask = draw("small.png", np.eye(9))
    fails_with([pair[0], "--trimap-from", mask], "small.png: is 9 x 9 pixels but the photo is 30 x 20")


def test_contradictory_arguments_are_refused(pair, fails_with):
    fails_with([pair[0]], "missing TRIMAP; give one, or make one with --box X,Y,W,H", "--strokes FILE", "--trimap-from")
    fails_with([*pair, "--box", "1,1,5,5"], "with a box, strokes or clicks expected no trimap")
    fails_with([pair[0].parent, "--box", "1,1,5,5"], "is a folder; a box, strokes and clicks fit one photo")
    fails_with([*pair, "--trimap-from", pair[1]], "with --trimap-from expected no trimap")
    fails_with([*pair, "--width", "5"], "--width belongs to --trimap-from")
    fails_with([*pair, "--dilate-unknown", "-3"], "--dilate-unknown")
    fails_with([*pair, "--dilate-unknown", "few"], "expected a whole number of pixels: few")
    fails_with([*pair, "--jobs", "0"], "expected a whole number from 1 on, not 0")
    fails_with([*pair, "--cutout", "--background", "white"], "--background: not allowed with argument --cutout")
    fails_with([*pair, "--background", "whitish"], "--background whitish: neither a colour nor a file")
    fails_with([*pair, "--background", "#ffffff80"], "the colour has transparency")
    fails_with([*pair, "--background", pair[0].parent], pair[0].parent, "is a folder; expected a picture")
    fails_with([*pair, "--background", pair[0], "-o", pair[0]], "would overwrite the input")


def test_labels_instead_of_levels_are_refused(pair, draw, fails_with, trimap_array):
    labels = draw("labels.png", trimap_array // 127)
    fails_with([pair[0], labels], labels, "the levels 0, 1 and 2 would all be background; expected 0")


def test_an_odd_trimap_is_matted_with_one_line_of_warning(pair, draw, run, tmp_path, photo_array, capsys):
    trimap = draw("unknown.png", 128)
    assert run(pair[0], trimap) == 0
    error = said(capsys).err
    assert error.startswith(f"warning: {trimap}: every pixel is unknown")
    assert error.endswith("(0 % background, 100 % unknown, 0 % foreground)\n")
    np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), photo_array[:, :, 0])


def test_a_trimap_without_unknown_pixels_is_written_with_a_warning(pair, draw, run, tmp_path, capsys):
    trimap = draw("known.png", np.repeat([[20], [200]], 10, axis=0) * np.ones((1, 30)))
    assert run(pair[0], trimap) == 0
    assert f"warning: {trimap}: " in (error := said(capsys).err)
    assert "no pixel is unknown" in error
    np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), np.repeat([[0], [255]], 10, 0) * np.ones((1, 30)))


def test_warnings_of_a_folder_name_their_trimap(draw, run, tmp_path, photo_array, trimap_array, capsys):
    for name in "ab":
        draw(f"photos/{name}.png", photo_array)
    draw("trimaps/a.png", trimap_array)
    odd = draw("trimaps/b.png", np.where(trimap_array == 0, 128, trimap_array))
    assert run(tmp_path / "photos", tmp_path / "trimaps") == 0
    assert said(capsys).err.startswith(f"warning: {odd}: no pixel is background")
