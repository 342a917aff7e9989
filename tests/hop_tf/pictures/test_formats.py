"""The same picture in every file format has the same values in every reader."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from helpers.odd_pictures import linear_grey_profile, swapped_profile
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_alpha, read_cutout, read_photo, read_transparency, read_trimap

_RNG = np.random.default_rng(0)
RGB = np.kron(_RNG.integers(0, 256, (5, 7, 3), np.uint8), np.ones((2, 2, 1), np.uint8))  # at most 35 colours
ALPHA = np.kron(_RNG.integers(1, 256, (5, 7), np.uint8), np.ones((2, 2), np.uint8))
ALPHA[:4, :4] = 0  # colours beneath are kept
RGBA = np.dstack([RGB, ALPHA])
GREY = RGB[:, :, 0]

#: {suffix: Pillow's options to save without loss}
LOSSLESS = {
    "png": {},
    "tif": {},
    "lzw.tif": {"compression": "tiff_lzw"},
    "webp": {"lossless": True, "exact": True},
    "bmp": {},
}


def save(array, path, mode=None, **options):
    image = Image.fromarray(array)
    (image if mode is None else image.convert(mode)).save(path, **options)
    return path


def save_16_bit(array, path):
    """Save 16-bit values whose high bytes are the array."""
    values = array.astype(np.uint16) * 256 + _RNG.integers(0, 256, array.shape, np.uint16)
    order = {2: slice(None), 3: [2, 1, 0], 4: [2, 1, 0, 3]}[array.shape[2] if array.ndim == 3 else 2]
    assert cv2.imwrite(str(path), np.ascontiguousarray(values[:, :, order] if array.ndim == 3 else values))
    return path


def save_palette(array, path, transparency=None):
    """Save at most 256 colours exactly, with an alpha for each if `transparency` is a colour's alpha."""
    colours, places = np.unique(array.reshape(-1, 3), axis=0, return_inverse=True)
    image = Image.fromarray(places.reshape(array.shape[:2]).astype(np.uint8), "P")
    image.putpalette(colours.astype(np.uint8).tobytes())
    image.save(path, **({} if transparency is None else {"transparency": bytes(map(transparency, colours))}))
    return path


def assert_reads_photo(path, rgb=RGB):
    photo = read_photo(path)
    assert photo.dtype == np.uint8
    np.testing.assert_array_equal(photo, rgb)


def assert_reads_grey(path):
    assert_reads_photo(path, np.repeat(GREY[:, :, None], 3, axis=2))
    for read in (read_trimap, read_alpha):
        np.testing.assert_array_equal(read(path), GREY)
    with pytest.raises(ImageError, match="no alpha channel"):
        read_cutout(path)


def assert_reads_cutout(path, rgba=RGBA):
    assert_reads_photo(path, rgba[:, :, :3])
    np.testing.assert_array_equal(read_cutout(path), rgba)
    np.testing.assert_array_equal(read_transparency(path), rgba[:, :, 3])


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_8_bit_rgb(tmp_path, suffix):
    assert_reads_photo(save(RGB, tmp_path / f"photo.{suffix}", **LOSSLESS[suffix]))


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_8_bit_grey(tmp_path, suffix):
    assert_reads_grey(save(GREY, tmp_path / f"grey.{suffix}", **LOSSLESS[suffix]))


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_grey_stored_as_rgb(tmp_path, suffix):
    assert_reads_grey(save(GREY, tmp_path / f"grey.{suffix}", "RGB", **LOSSLESS[suffix]))


@pytest.mark.parametrize("suffix", sorted(LOSSLESS.keys() - {"bmp"}))  # Pillow writes BMP without alpha
def test_8_bit_rgba_is_straight(tmp_path, suffix):
    assert_reads_cutout(save(RGBA, tmp_path / f"cutout.{suffix}", **LOSSLESS[suffix]))


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
def test_8_bit_rgba_of_opencv_is_straight(tmp_path, suffix):
    path = tmp_path / f"cutout.{suffix}"
    cv2.imwrite(str(path), RGBA[:, :, [2, 1, 0, 3]])
    assert_reads_cutout(path)


def test_colours_of_a_tiff_multiplied_by_alpha_are_divided_by_it(tmp_path):
    share = ALPHA[:, :, None] / 255
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([np.rint(RGB * share).astype(np.uint8), ALPHA])).save(buffer, "TIFF")
    straight, multiplied = (b"\x52\x01\x03\x00\x01\x00\x00\x00" + kind for kind in (b"\x02\x00", b"\x01\x00"))
    assert straight in buffer.getvalue()  # the tag ExtraSamples
    path = tmp_path / "premultiplied.tif"
    path.write_bytes(buffer.getvalue().replace(straight, multiplied))
    cutout = read_cutout(path)
    np.testing.assert_array_equal(cutout[:, :, 3], ALPHA)
    rounding = 0.5 / np.maximum(share, 1e-9) + 1
    assert (np.abs(cutout[:, :, :3].astype(int) - RGB) <= rounding)[ALPHA > 0].all()


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_files_keep_the_high_byte(tmp_path, suffix):
    assert_reads_photo(save_16_bit(RGB, tmp_path / f"photo.{suffix}"))
    assert_reads_grey(save_16_bit(GREY, tmp_path / f"grey.{suffix}"))
    assert_reads_cutout(save_16_bit(RGBA, tmp_path / f"cutout.{suffix}"))


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "gif"])
def test_palettes(tmp_path, suffix):
    assert_reads_photo(save_palette(RGB, tmp_path / f"photo.{suffix}"))
    assert_reads_grey(save_palette(np.repeat(GREY[:, :, None], 3, axis=2), tmp_path / f"grey.{suffix}"))


def test_palettes_with_transparency(tmp_path):
    path = save_palette(RGB, tmp_path / "cutout.png", transparency=lambda colour: int(colour[0]) // 2)
    assert_reads_cutout(path, np.dstack([RGB, RGB[:, :, 0] // 2]))


def test_grey_with_alpha(tmp_path):
    image = Image.fromarray(GREY)
    image.putalpha(Image.fromarray(ALPHA))
    path = tmp_path / "grey.png"
    image.save(path)
    assert_reads_cutout(path, np.dstack([GREY, GREY, GREY, ALPHA]))
    np.testing.assert_array_equal(read_alpha(path), ALPHA)


def test_jpeg_is_decoded_as_by_opencv(tmp_path):
    colour, grey = (save(array, tmp_path / f"{array.ndim}.jpg", quality=90) for array in (RGB, GREY))
    np.testing.assert_allclose(read_photo(colour), cv2.imread(str(colour))[:, :, ::-1], atol=2)
    np.testing.assert_allclose(read_alpha(grey), cv2.imread(str(grey), cv2.IMREAD_GRAYSCALE), atol=2)
    np.testing.assert_array_equal(read_photo(grey)[:, :, 1], read_trimap(grey))


def test_every_reader_turns_pictures_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown rotated clockwise by 90 degrees
    path = save(RGBA, tmp_path / "turned.png", exif=exif)
    assert_reads_cutout(path, np.rot90(RGBA, -1))
    path = save(GREY, tmp_path / "grey.png", exif=exif)
    for read in (read_trimap, read_alpha):
        np.testing.assert_array_equal(read(path), np.rot90(GREY, -1))


def profiled(kind):
    """A picture in each mode that Pillow writes to PNG or TIFF with a profile, and that shows RGB or GREY."""
    image = Image.fromarray(GREY if kind == "L" else RGB)
    if kind == "palette":
        image = image.quantize(64, method=Image.Quantize.FASTOCTREE)
    elif kind == "palette with alpha":
        image = Image.fromarray(RGBA).quantize(64, method=Image.Quantize.FASTOCTREE)
    elif kind == "RGBA":
        image = Image.fromarray(RGBA)
    return image


@pytest.mark.parametrize("kind", ["RGB", "RGBA", "palette", "palette with alpha"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_colours_of_another_profile_are_converted_in_every_mode(tmp_path, kind, suffix):
    image = profiled(kind)
    image.save(tmp_path / f"plain.{suffix}")
    image.save(tmp_path / f"wide.{suffix}", icc_profile=swapped_profile())
    plain, wide = (read_photo(tmp_path / f"{name}.{suffix}") for name in ("plain", "wide"))
    np.testing.assert_allclose(wide, plain[:, :, [1, 0, 2]], atol=1)
    np.testing.assert_array_equal(read_photo(tmp_path / f"wide.{suffix}", to_srgb=False), plain)
    if Image.open(tmp_path / f"wide.{suffix}").has_transparency_data:
        cutout, transparency = read_cutout(tmp_path / f"wide.{suffix}"), read_transparency(tmp_path / f"plain.{suffix}")
        np.testing.assert_array_equal(cutout, np.dstack([wide, transparency]))


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_pictures_of_a_grey_profile_are_converted_too(tmp_path, mode):
    image = Image.fromarray(GREY).convert(mode)
    image.save(tmp_path / "linear.png", icc_profile=linear_grey_profile())
    levels = GREY / 255
    srgb = np.where(levels <= 0.0031308, 12.92 * levels, 1.055 * levels ** (1 / 2.4) - 0.055)
    photo = read_photo(tmp_path / "linear.png")[:, :, 0]
    np.testing.assert_allclose(photo[GREY > 5], (srgb * 255)[GREY > 5], atol=1.5)  # LittleCMS is coarse near black
    np.testing.assert_array_equal(read_alpha(tmp_path / "linear.png"), GREY)


def test_the_first_frame_and_a_picture_alone_in_newer_formats(tmp_path):
    for suffix in ("avif", "jfif"):
        save(RGB, tmp_path / f"photo.{suffix}", quality=100, subsampling="4:4:4")
        np.testing.assert_allclose(read_photo(tmp_path / f"photo.{suffix}"), RGB, atol=8)
