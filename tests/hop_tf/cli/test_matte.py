"""`matte` on one photo: what it writes."""

import cv2
import numpy as np
import pytest
from PIL import Image

from helpers.said import said
from hop_tf.cli.app import main

FRONT, BEHIND = (255, 40, 90), (0, 200, 250)
MIXED_ALPHA = np.tile(np.clip((np.arange(30) - 7) * 17, 0, 255), (20, 1))


@pytest.fixture
def mixed_pair(draw):
    """A foreground before a background, mixed by the alpha that the network of `weights` finds: the red channel."""
    share = MIXED_ALPHA[..., None] / 255
    photo = np.round(share * np.array(FRONT) + (1 - share) * np.array(BEHIND))
    trimap = np.where(MIXED_ALPHA == 0, 0, np.where(MIXED_ALPHA == 255, 255, 128))
    return draw("mixed.png", photo), draw("mixed_trimap.png", trimap)


def read(path):
    return np.asarray(Image.open(path))


def run(*argv):
    return main(["matte", *map(str, argv)])


def test_writes_the_alpha_beside_the_photo(pair, weights, tmp_path, expected_alpha, capsys):
    assert run(*pair, "--weights", weights) == 0
    alpha = tmp_path / "cat_alpha.png"
    assert Image.open(alpha).mode == "L"
    np.testing.assert_array_equal(read(alpha), expected_alpha)
    assert said(capsys).out == f"wrote {alpha}\n"


def test_writes_a_cutout_of_the_foregrounds_colours(mixed_pair, weights, tmp_path, capsys):
    assert run(*mixed_pair, "--weights", weights, "--cutout") == 0
    got = read(tmp_path / "mixed_cutout.png")
    assert Image.open(tmp_path / "mixed_cutout.png").mode == "RGBA"
    np.testing.assert_allclose(got[:, :, 3], MIXED_ALPHA, atol=1)
    np.testing.assert_allclose(got[:, :, :3], np.broadcast_to(FRONT, (20, 30, 3)), atol=3)
    assert not (tmp_path / "mixed_alpha.png").exists()


@pytest.mark.parametrize("background", ["lime", "#00FF00", "green.png"])
def test_writes_a_composite_on_a_colour_or_a_picture(mixed_pair, weights, draw, tmp_path, monkeypatch, background):
    draw("green.png", np.full((7, 9, 3), (0, 255, 0)))
    monkeypatch.chdir(tmp_path)
    assert run(*mixed_pair, "--weights", weights, "--background", background) == 0
    share = MIXED_ALPHA[..., None] / 255
    expected = share * np.array(FRONT) + (1 - share) * np.array([0, 255, 0])
    np.testing.assert_allclose(read(tmp_path / "mixed_composite.png"), np.broadcast_to(expected, (20, 30, 3)), atol=3)


@pytest.fixture
def deep_pair(tmp_path, draw):
    """A 16-bit photo whose red channel, the alpha that the network finds, has levels between those of 8 bits."""
    photo = np.zeros((20, 30, 3), np.uint16)
    photo[..., 2] = np.linspace(20000, 21000, 600).reshape(20, 30)
    assert cv2.imwrite(str(tmp_path / "deep.png"), photo)
    return tmp_path / "deep.png", draw("deep_trimap.png", 128), photo[..., 2]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_photos_are_matted_from_all_their_bits(deep_pair, weights, tmp_path, suffix):
    *pair, red = deep_pair
    out = tmp_path / f"out.{suffix}"
    assert run(*pair, "--weights", weights, "--bits", 16, "-o", out) == 0
    alpha = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    assert alpha.dtype == np.uint16
    np.testing.assert_allclose(alpha, red, atol=1)
    assert run(*pair, "--weights", weights) == 0
    np.testing.assert_array_equal(read(tmp_path / "deep_alpha.png"), np.rint(red / 257))


def test_16_bit_cutouts_and_composites_keep_the_photos_colours(deep_pair, weights, tmp_path, draw):
    photo, _, red = deep_pair
    trimap = draw("white.png", 255)
    for options, out in ((["--cutout"], "deep_cutout.png"), (["--background", "white"], "deep_composite.png")):
        assert run(photo, trimap, "--weights", weights, "--bits", 16, *options) == 0
        picture = cv2.imread(str(tmp_path / out), cv2.IMREAD_UNCHANGED)
        assert picture.dtype == np.uint16
        np.testing.assert_array_equal(picture[..., 2], red)


def test_exr_cutouts_are_linear_and_premultiplied(mixed_pair, weights, tmp_path):
    OpenEXR = pytest.importorskip("OpenEXR")
    assert run(*mixed_pair, "--weights", weights, "--cutout", "--format", "exr") == 0
    with OpenEXR.File(str(tmp_path / "mixed_cutout.exr"), separate_channels=True) as file:
        channels = {name: channel.pixels.astype(float) for name, channel in file.channels().items()}
    np.testing.assert_allclose(channels["A"], MIXED_ALPHA / 255, atol=1e-3)
    np.testing.assert_allclose(channels["R"], MIXED_ALPHA / 255, atol=0.03)  # the foreground's red is 1


@pytest.mark.parametrize(
    "options, message",
    [
        (["--format", "exr", "--bits", "8"], "--bits 8: OpenEXR files have 16 bits"),
        (["--format", "tiff", "-o", "out.png"], "out.png: does not match --format tiff; expected .tif"),
    ],
)
def test_contradictions_about_the_file_are_refused(pair, weights, capsys, options, message):
    assert run(*pair, "--weights", weights, *options) == 2
    assert message in said(capsys).err


def test_an_output_folder_is_created_for_a_single_photo(pair, weights, tmp_path, expected_alpha, capsys):
    for out in (f"{tmp_path / 'new'}/", tmp_path / "new"):
        assert run(*pair, "--weights", weights, "-o", out) == 0
        assert said(capsys).out == f"wrote {tmp_path / 'new' / 'cat_alpha.png'}\n"
        np.testing.assert_array_equal(read(tmp_path / "new" / "cat_alpha.png"), expected_alpha)
        (tmp_path / "new" / "cat_alpha.png").unlink()


def test_an_earlier_picture_at_the_output_is_overwritten(pair, weights, draw, expected_alpha, files_in):
    out = draw("out/mine.png", 7)
    assert run(*pair, "--weights", weights, "-o", out) == 0
    np.testing.assert_array_equal(read(out), expected_alpha)
    assert files_in() == ["cat.png", "cat_trimap.png", "out", "out/mine.png"]


def test_a_large_photo_is_processed_in_tiles_of_the_requested_size(draw, weights, tmp_path):
    photo = np.random.default_rng(4).integers(0, 256, (150, 200, 3), np.uint8)
    pair = draw("big.png", photo), draw("big_trimap.png", np.full((150, 200), 128))
    for tile in ("64", "auto"):
        assert run(*pair, "--weights", weights, "--tile", tile) == 0
        np.testing.assert_array_equal(read(tmp_path / "big_alpha.png"), photo[:, :, 0])


@pytest.fixture
def narrow_pair(draw):
    """A photo whose alpha rises from column 30 to 80, and a trimap that is known up to column 50."""
    alpha = np.tile(np.clip((np.arange(120) - 30) * 5, 0, 255), (60, 1))
    trimap = np.where(np.arange(120) < 50, 0, np.where(np.arange(120) < 100, 128, 255)) + 0 * alpha
    return draw("narrow.png", np.stack([alpha] * 3, axis=-1)), draw("narrow_trimap.png", trimap)


def test_an_unknown_region_that_is_too_narrow_is_named_with_the_pixels_that_are_missing(
    narrow_pair, weights, tmp_path, capsys
):
    assert run(*narrow_pair, "--weights", weights, "--dilate-unknown", 3) == 0
    warnings = [line for line in said(capsys).err.splitlines() if line.startswith("warning")]
    assert warnings == [
        f"warning: {narrow_pair[0]}: alpha is neither 0 nor 1 along 50% of the unknown region's edge; widen the "
        "unknown region by about 10 pixels (--dilate-unknown 10) or use --auto-widen"
    ]
    assert run(*narrow_pair, "--weights", weights, "--dilate-unknown", 10) == 0
    assert "warning" not in said(capsys).err


def test_in_a_folder_the_warning_of_a_narrow_region_estimates_no_pixels(narrow_pair, weights, tmp_path, capsys):
    for folder, path in zip(("photos", "trimaps"), narrow_pair, strict=True):
        (tmp_path / folder).mkdir()
        path.rename(tmp_path / folder / "narrow.png")
    folders = tmp_path / "photos", tmp_path / "trimaps", "-o", tmp_path / "out"
    assert run(*folders, "--weights", weights) == 0
    warnings = [line for line in said(capsys).err.splitlines() if line.startswith("warning")]
    assert len(warnings) == 1
    assert warnings[0].endswith("edge; widen the unknown region (--dilate-unknown) or use --auto-widen")


def test_an_unknown_region_is_widened_on_request(narrow_pair, weights, tmp_path, capsys):
    assert run(*narrow_pair, "--weights", weights, "--auto-widen") == 0
    assert "along 50% of the unknown region's edge; widened it there by 16 pixels\n" in said(capsys).err
    alpha = read(tmp_path / "narrow_alpha.png")
    np.testing.assert_array_equal(alpha[:, 34:], read(narrow_pair[0])[:, 34:, 0])
    assert not alpha[:, :34].any()
