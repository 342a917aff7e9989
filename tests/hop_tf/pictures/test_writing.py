"""Writing PNG, TIFF and OpenEXR files whole or not at all."""

import importlib.util
import os

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL import TiffImagePlugin as tiff

from hop_tf.errors import MissingPackageError
from hop_tf.pictures.atomic_write import WriteError
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_alpha, read_photo, read_size
from hop_tf.pictures.writing import write_picture, write_png

GREYS = np.array([[0, 128, 255], [84, 85, 170]], np.uint8)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (4, 5, 4)])
def test_written_files_can_be_read_back(tmp_path, shape):
    array = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    write_png(tmp_path / "out.png", array)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.png")), array)
    assert os.listdir(tmp_path) == ["out.png"]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (4, 5, 4), (1, 1, 3)])
@pytest.mark.parametrize("suffix", ["png", "tif", "tiff"])
def test_8_and_16_bits_are_written_without_loss(tmp_path, suffix, shape, depth):
    array = np.random.default_rng(1).integers(0, np.iinfo(depth).max, shape, dtype=depth, endpoint=True)
    path = tmp_path / f"out.{suffix}"
    write_picture(path, array)
    if depth == np.uint8:
        read = np.asarray(Image.open(path))
    else:  # Pillow would keep the high bytes
        read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        read = read if read.ndim == 2 else read[:, :, [2, 1, 0, 3][: read.shape[2]]]
    assert read.dtype == depth
    np.testing.assert_array_equal(read, array)
    assert os.listdir(tmp_path) == [f"out.{suffix}"]


def test_tiff_files_say_that_colours_are_not_multiplied_by_alpha(tmp_path):
    write_picture(tmp_path / "out.tif", np.full((4, 5, 4), 7, np.uint16))
    with Image.open(tmp_path / "out.tif") as image:
        assert image.tag_v2[tiff.EXTRASAMPLES] == (2,)
        assert image.mode == "RGBA"


def channels_of(path):
    OpenEXR = pytest.importorskip("OpenEXR")
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: channel.pixels for name, channel in file.channels().items()}


def test_exr_files_hold_linear_light_multiplied_by_alpha_in_half_floats(tmp_path):
    rgba = np.zeros((3, 4, 4), np.uint16)
    rgba[..., :3], rgba[..., 3] = (65535, 32896, 0), 16384
    write_picture(tmp_path / "out.exr", rgba)
    channels = channels_of(tmp_path / "out.exr")
    assert set(channels) == set("RGBA")
    assert {values.dtype for values in channels.values()} == {np.dtype(np.float16)}
    found = [float(channels[name][1, 2]) for name in "RGBA"]
    np.testing.assert_allclose(found, [0.25, 0.25 * 0.21586, 0, 0.25], rtol=1e-3)


def test_an_alpha_matte_becomes_premultiplied_white_in_exr_files(tmp_path):
    write_picture(tmp_path / "out.exr", GREYS)
    for values in channels_of(tmp_path / "out.exr").values():
        np.testing.assert_allclose(values, GREYS / 255, rtol=1e-3)


@pytest.mark.parametrize("channels", [3, 4])
def test_exr_files_are_read_as_photos_as_they_were_written(tmp_path, channels):
    pytest.importorskip("OpenEXR")
    array = np.random.default_rng(1).integers(0, 65536, (8, 9, channels), dtype=np.uint16)
    array[..., 3:] |= 1 << 14
    write_picture(tmp_path / "out.exr", array)
    photo = read_photo(tmp_path / "out.exr", keep_depth=True)
    assert photo.dtype == np.uint16
    np.testing.assert_allclose(photo / 65535, array[..., :3] / 65535, atol=6e-4)
    assert read_photo(tmp_path / "out.exr").dtype == np.uint8
    with pytest.raises(ImageError, match=r"out.exr: OpenEXR files are read as photos only"):
        read_alpha(tmp_path / "out.exr")


def test_exr_files_are_read_in_their_display_window(tmp_path):
    exr = pytest.importorskip("OpenEXR")
    light = np.zeros((4, 6, 3), np.float16)
    light[0, 2] = light[3, 5] = 1  # at (x, y) = (0, 1) and (3, 4)
    header = {"type": exr.scanlineimage, "dataWindow": ((-2, 1), (3, 4)), "displayWindow": ((0, 0), (4, 7))}
    exr.File(header, {"RGB": light}).write(str(tmp_path / "out.exr"))
    photo = read_photo(tmp_path / "out.exr")
    assert photo.shape == (8, 5, 3) and read_size(tmp_path / "out.exr") == (8, 6)
    assert np.argwhere(photo[:, :, 0] == 255).tolist() == [[1, 0], [4, 3]]
    assert np.count_nonzero(photo) == 6


def test_a_png_file_that_opencv_cannot_encode_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "imencode", lambda *args: (False, None))
    with pytest.raises(WriteError, match="OpenCV cannot encode the picture"):
        write_png(tmp_path / "out.png", GREYS.astype(np.uint16))
    assert os.listdir(tmp_path) == []


def test_damaged_exr_files_are_named(tmp_path):
    pytest.importorskip("OpenEXR")
    write_picture(tmp_path / "out.exr", GREYS)
    half = (tmp_path / "out.exr").read_bytes()[:200]
    (tmp_path / "out.exr").write_bytes(half)
    with pytest.raises(ImageError, match=r"out.exr: damaged or truncated"):
        read_photo(tmp_path / "out.exr")


@pytest.mark.parametrize("use", [read_photo, lambda path: write_picture(path, GREYS)])
def test_without_openexr_the_error_names_its_install_command(tmp_path, monkeypatch, use):
    (tmp_path / "out.exr").write_bytes(b"\x76\x2f\x31\x01")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r'pip install "hop-tf\[exr\]"'):
        use(tmp_path / "out.exr")
    assert os.listdir(tmp_path) == ["out.exr"]


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`path` must end with .png, .tif, .tiff, .exr. Received: .*out.jpg"):
        write_picture(tmp_path / "out.jpg", GREYS)


@pytest.mark.parametrize("array", [np.zeros((4, 5)), np.zeros((4, 5, 2), np.uint8), np.zeros(4, np.uint8)])
def test_writes_only_8_and_16_bit_pictures(tmp_path, array):
    with pytest.raises(ValueError, match=r"Received: \w+ \(4.*\)$"):
        write_png(tmp_path / "out.png", array)
    assert os.listdir(tmp_path) == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write_png(tmp_path / "out.png", GREYS)

    def full_disk(image, path, **options):
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full_disk)
    with pytest.raises(WriteError, match=r"out.png: cannot be written \(No space left on device\)"):
        write_png(tmp_path / "out.png", 255 - GREYS)
    assert os.listdir(tmp_path) == ["out.png"]
    np.testing.assert_array_equal(read_alpha(tmp_path / "out.png"), GREYS)


def test_writing_into_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(WriteError, match=r"out.png: cannot be written \(No such file or directory\)"):
        write_png(tmp_path / "none" / "out.png", GREYS)
