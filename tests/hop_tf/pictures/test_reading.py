"""Pictures as people have them: every colour mode, and files that cannot be used."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_alpha, read_photo, read_transparency, read_trimap

COLOURS = np.array([[[255, 0, 0], [0, 200, 30]], [[1, 2, 3], [250, 251, 252]], [[9, 9, 9], [40, 50, 60]]], np.uint8)
GREYS = np.array([[0, 128, 255], [84, 85, 170]], np.uint8)


def save(image, path, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "ppm"])
def test_reads_rgb(tmp_path, suffix):
    path = save(Image.fromarray(COLOURS), tmp_path / f"photo.{suffix}")
    np.testing.assert_array_equal(read_photo(path), COLOURS)
    assert read_photo(str(path)).dtype == np.uint8


def test_reads_grey_photos_as_three_equal_channels(tmp_path):
    path = save(Image.fromarray(GREYS), tmp_path / "grey.png")
    np.testing.assert_array_equal(read_photo(path), np.stack([GREYS] * 3, axis=2))


def test_reads_bilevel_and_palette_photos(tmp_path):
    bilevel = save(Image.fromarray(GREYS > 100), tmp_path / "bilevel.png")
    np.testing.assert_array_equal(read_photo(bilevel)[:, :, 1], [[0, 255, 255], [0, 0, 255]])
    palette = save(Image.fromarray(COLOURS).quantize(6, method=Image.Quantize.FASTOCTREE), tmp_path / "palette.png")
    assert Image.open(palette).mode == "P"
    np.testing.assert_allclose(read_photo(palette), COLOURS, atol=20)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_drops_transparency_without_compositing(tmp_path, mode):
    source = Image.fromarray(COLOURS if mode == "RGBA" else np.repeat(GREYS[:, :2, None], 1, axis=2)[:, :, 0])
    source.putalpha(0)
    path = save(source, tmp_path / "transparent.png")
    assert Image.open(path).mode == mode
    expected = COLOURS if mode == "RGBA" else np.stack([GREYS[:, :2]] * 3, axis=2)
    np.testing.assert_array_equal(read_photo(path), expected)


def test_reads_transparency_alone(tmp_path):
    levels = np.array([[0, 7], [128, 200], [254, 255]], np.uint8)
    for name, colours in {"rgba": COLOURS, "la": GREYS[:, :2].repeat(2, axis=0)[:3]}.items():
        source = Image.fromarray(colours)
        source.putalpha(Image.fromarray(levels))
        np.testing.assert_array_equal(read_transparency(save(source, tmp_path / f"{name}.png")), levels)
    palette = Image.new("P", (2, 1))
    palette.putpixel((1, 0), 1)
    np.testing.assert_array_equal(read_transparency(save(palette, tmp_path / "p.png", transparency=0)), [[0, 255]])


def test_pictures_without_transparency_are_reported(tmp_path):
    path = save(Image.fromarray(COLOURS), tmp_path / "photo.png")
    with pytest.raises(ImageError, match="photo.png: the picture has no alpha channel"):
        read_transparency(path)


def test_drops_the_transparency_of_a_palette(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    path = save(image, tmp_path / "palette.png", transparency=0)
    np.testing.assert_array_equal(read_photo(path), [[[10, 20, 30], [200, 100, 50]]])


def test_reads_cmyk(tmp_path):
    path = save(Image.new("CMYK", (2, 2), (0, 255, 255, 0)), tmp_path / "print.tif")
    np.testing.assert_array_equal(read_photo(path), np.full((2, 2, 3), (255, 0, 0)))


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_grey_and_rgb_keep_the_high_byte(tmp_path, suffix):
    values = np.array([[0, 255, 256], [32896, 40000, 65535]], np.uint16)
    high = np.array([[0, 0, 1], [128, 156, 255]])
    grey, colour = tmp_path / f"grey.{suffix}", tmp_path / f"colour.{suffix}"
    cv2.imwrite(str(grey), values)
    cv2.imwrite(str(colour), np.dstack([values // 2, values, values]))  # OpenCV writes BGR
    np.testing.assert_array_equal(read_photo(grey), np.stack([high] * 3, axis=2))
    np.testing.assert_array_equal(read_photo(colour)[:, :, :2], np.stack([high] * 2, axis=2))
    np.testing.assert_array_equal(read_photo(colour)[:, :, 2], values // 2 >> 8)


@pytest.mark.parametrize("read", [read_photo, read_trimap])
def test_turns_pictures_upright(tmp_path, read):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show rotated clockwise by a quarter
    path = save(Image.fromarray(GREYS), tmp_path / "turned.png", exif=exif)
    got = read(path)
    expected = np.rot90(GREYS, -1)
    np.testing.assert_array_equal(got if got.ndim == 2 else got[:, :, 0], expected)


def test_broken_exif_does_not_hide_the_picture(tmp_path):
    path = save(Image.fromarray(COLOURS), tmp_path / "odd.png", exif=b"Exif\0\0 no such thing")
    np.testing.assert_array_equal(read_photo(path), COLOURS)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P"])
@pytest.mark.parametrize("read", [read_trimap, read_alpha])
def test_reads_grey_levels_exactly_from_any_mode(tmp_path, mode, read):
    path = save(Image.fromarray(GREYS).convert(mode), tmp_path / "trimap.png")
    assert Image.open(path).mode == mode
    np.testing.assert_array_equal(read(path), GREYS)


def test_16_bit_trimaps_may_hold_16_or_8_bit_levels(tmp_path):
    full, low = tmp_path / "full.png", tmp_path / "low.png"
    cv2.imwrite(str(full), GREYS.astype(np.uint16) * 257)
    cv2.imwrite(str(low), GREYS.astype(np.uint16))
    np.testing.assert_array_equal(read_trimap(full), GREYS)
    np.testing.assert_array_equal(read_trimap(low), GREYS)
    with pytest.raises(ImageError, match="low.png: a 16-bit picture whose values all fit in 8 bits"):
        read_alpha(low)  # a matte may be nearly black all over


def test_a_coloured_trimap_is_refused_but_not_the_tint_of_jpeg(tmp_path):
    path = save(Image.fromarray(COLOURS), tmp_path / "red.png")
    with pytest.raises(ImageError, match=r"red.png: the picture is coloured; expected grey"):
        read_trimap(path)
    blocks = np.kron(GREYS, np.ones((24, 24), np.uint8))
    jpeg = save(Image.fromarray(blocks).convert("RGB"), tmp_path / "trimap.jpg", quality=50)
    np.testing.assert_allclose(read_trimap(jpeg)[4::24, 4::24], GREYS, atol=10)


def picture_bytes(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return save(Image.fromarray(noise), tmp_path / f"sound.{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "bmp"])
@pytest.mark.parametrize("read", [read_photo, read_trimap])
def test_a_truncated_picture_is_refused(tmp_path, suffix, read):
    whole = picture_bytes(tmp_path, suffix)
    path = tmp_path / f"half.{suffix}"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageError, match=r"half\.\w+: (damaged or truncated|not a picture)") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def make_folder(path):
    path.mkdir()


def make_bomb(path):
    """A small PNG file whose header promises 400 megapixels."""
    Image.new("L", (2, 2)).save(path)
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack(">II", 20000, 20000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no such file; expected a picture"),
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: path.write_text("not a picture"), "not a picture that can be read; expected PNG, JPEG"),
        (make_folder, "is a folder; expected a picture file"),
        (make_bomb, "too large to be decoded; scale it down"),
        (lambda path: Image.new("F", (2, 2)).save(path, format="TIFF"), "colour mode F is not supported; save it as"),
    ],
    ids=["missing", "empty", "text", "folder", "bomb", "float"],
)
@pytest.mark.parametrize("read", [read_photo, read_trimap, read_alpha])
def test_a_file_that_is_not_a_picture_is_named(tmp_path, read, make, message):
    path = tmp_path / "thing.png"
    make(path)
    with pytest.raises(ImageError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
