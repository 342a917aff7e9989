"""One picture in every format, depth and colour mode: each reader, and each task that reads alphas, sees its values."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from helpers.odd_pictures import linear_grey_profile, swapped_profile
from hop_tf.datasets.sources import CutoutFolder, ParallelFolders
from hop_tf.datasets.test_sets.composition_1k import plan_composites, write_composite
from hop_tf.evaluation.reading import PictureSet
from hop_tf.evaluation.scoring import MatteFile
from hop_tf.evaluation.test_sets import pair
from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_alpha, read_cutout, read_mask, read_photo, read_transparency, read_trimap
from hop_tf.pictures.srgb import from_linear
from hop_tf.pictures.trimap import trimap_from_mask

_RNG = np.random.default_rng(0)
SIZE = 12, 16
COLOUR = np.kron(_RNG.integers(1, 256, (3, 4, 3), np.uint8), np.ones((4, 4, 1), np.uint8))
ALPHA = np.kron(np.array([[0, 40, 128, 255], [0, 255, 77, 200], [1, 0, 255, 13]], np.uint8), np.ones((4, 4), np.uint8))
CUTOUT = np.dstack([COLOUR, ALPHA])
COLOUR_16 = COLOUR.astype(np.uint16) * 256 + _RNG.integers(0, 256, COLOUR.shape, np.uint16)
GREY_16 = np.repeat(COLOUR_16[:, :, :1], 3, axis=2)
SMOOTH = np.stack([np.linspace(0, top, 40 * 60).reshape(40, 60) for top in (65535, 40000, 20000)], axis=2).astype(
    np.uint16
)
WHITE, GREY = (np.dstack([np.full(SIZE, level, np.uint8)] * 3 + [ALPHA]) for level in (255, 90))


def pillow(mode=None, **options):
    def write(path, array):
        image = Image.fromarray(array)
        (image if mode is None else image.convert(mode)).save(path, **options)

    return write


def opencv(depth):
    """Write with OpenCV, in 8 or 16 bits; the low bytes of 16 bits do not matter."""

    def write(path, array):
        if depth == 16:
            array = array.astype(np.uint16) * 256 + _RNG.integers(0, 256, array.shape, np.uint16)
        order = [2, 1, 0, 3][: array.shape[2]] if array.ndim == 3 else None
        assert cv2.imwrite(str(path), array if order is None else np.ascontiguousarray(array[:, :, order]))

    return write


def palette(path, array):
    levels, places = np.unique(array.reshape(-1, array.shape[2] if array.ndim == 3 else 1), axis=0, return_inverse=True)
    image = Image.fromarray(places.reshape(array.shape[:2]).astype(np.uint8), "P")
    colours = levels[:, :3] if array.ndim == 3 else np.repeat(levels, 3, axis=1)
    image.putpalette(np.ascontiguousarray(colours).tobytes())
    options = {"transparency": levels[:, 3].tobytes()} if levels.shape[1] == 4 else {}
    image.save(path, **options)


def grey_16(path, array):
    Image.fromarray(array.astype(np.uint16) * 256 + 200).save(path)


def grey_12_tiff(path, array):
    """Write an uncompressed TIFF of 12 bits, which no library here writes."""
    values = array.astype(np.uint16).ravel() << 4 | 9
    first, second = values[::2], values[1::2]
    data = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1).astype(np.uint8).tobytes()
    height, width = array.shape
    tags = [(256, width), (257, height), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, height)]
    tags.append((279, len(data)))
    entries = b"".join(
        np.array([tag, 4], "<u2").tobytes() + np.array([1, value], "<u4").tobytes() for tag, value in tags
    )
    directory = np.array([len(tags)], "<u2").tobytes() + entries + bytes(4)
    path.write_bytes(b"II*\0" + np.array([8 + len(data)], "<u4").tobytes() + data + directory)


def separate_planes(prefix):
    """Write an uncompressed TIFF of 16 bits that stores each channel separately, which no library here writes."""

    def write(path, array):
        planes = np.moveaxis(np.atleast_3d(array), 2, 0).astype(np.uint16) << 8 | 200
        planes = planes.astype({b"II": "<u2", b"MM": ">u2"}[prefix])
        count, height, width = planes.shape
        directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=prefix)
        directory[256], directory[257], directory[259], directory[278] = width, height, 1, height
        directory[258], directory[262], directory[277], directory[284] = (16,) * count, 2 if count > 1 else 1, count, 2
        directory[273], directory[279] = tuple(range(0, planes.nbytes, planes[0].nbytes)), (planes[0].nbytes,) * count
        if count == 4:
            directory[338] = 2
        with path.open("wb") as file:
            directory.save(file)
            file.write(planes.tobytes())

    return write


def palette_of_8_bits(path, array):
    """Write a TIFF whose palette has 8 bits where the format demands 16, as old programs do."""
    palette(path, array)
    data = bytearray(path.read_bytes())
    with Image.open(path) as image:
        entries = image.tag_v2[320]
    place = data.index(struct.pack(f"<{len(entries)}H", *entries))
    data[place : place + 2 * len(entries)] = struct.pack(f"<{len(entries)}H", *(entry // 256 for entry in entries))
    path.write_bytes(data)


def white_is_zero(path, array):
    values = array if array.dtype == np.uint16 else array.astype(np.uint16) * 257
    Image.fromarray(65535 - values).save(path, tiffinfo={262: 0})


EXACT_WEBP = {"lossless": True, "exact": True}

# Ways to store colours with alpha, colours, and grey levels: the suffix, and how it is written.
RGBA = {
    "8-bit PNG": ("png", pillow()),
    "8-bit PNG, palette": ("png", palette),
    "16-bit PNG": ("png", opencv(16)),
    "8-bit TIFF": ("tif", pillow()),
    "8-bit TIFF, LZW": ("tif", pillow(compression="tiff_lzw")),
    "8-bit TIFF by OpenCV": ("tif", opencv(8)),
    "16-bit TIFF": ("tiff", opencv(16)),
    "16-bit TIFF, separate planes": ("tif", separate_planes(b"II")),
    "16-bit TIFF, separate planes, big-endian": ("tif", separate_planes(b"MM")),
    "8-bit WebP": ("webp", pillow(**EXACT_WEBP)),
    "8-bit BMP": ("bmp", opencv(8)),
    "8-bit TGA": ("tga", pillow()),
    "8-bit JPEG 2000": ("jp2", pillow()),
    "8-bit QOI": ("qoi", pillow()),
}
RGB = {
    **{name: form for name, form in RGBA.items() if name != "8-bit BMP"},
    "8-bit BMP": ("bmp", pillow()),
    "8-bit PPM": ("ppm", pillow()),
    "8-bit PCX": ("pcx", pillow()),
    "8-bit GIF, palette": ("gif", palette),
    "8-bit TIFF, palette": ("tif", palette),
    "8-bit TIFF, palette of 8 bits": ("tif", palette_of_8_bits),
}
GREYS = {
    **{name: form for name, form in RGB.items() if "QOI" not in name and "PPM" not in name and "16" not in name},
    "8-bit PGM": ("pgm", pillow()),
    "8-bit PNG, RGB": ("png", pillow("RGB")),
    "8-bit QOI, RGB": ("qoi", pillow("RGB")),
    "16-bit PNG": ("png", grey_16),
    "16-bit PNG, RGB": ("png", lambda path, array: opencv(16)(path, np.dstack([array] * 3))),
    "16-bit TIFF": ("tif", grey_16),
    "16-bit TIFF, RGB": ("tif", lambda path, array: opencv(16)(path, np.dstack([array] * 3))),
    "16-bit JPEG 2000": ("jp2", grey_16),
    "16-bit TIFF, white is 0": ("tif", white_is_zero),
    "16-bit TIFF, separate plane": ("tif", separate_planes(b"MM")),
    "12-bit TIFF": ("tif", grey_12_tiff),
}
ALPHAS_IN_CHANNELS = {
    "white RGBA": ("png", lambda path, _: Image.fromarray(WHITE).save(path)),
    "grey RGBA": ("tif", lambda path, _: Image.fromarray(GREY).save(path)),
    "grey with alpha": ("png", lambda path, _: Image.fromarray(GREY).convert("LA").save(path)),
    "grey with alpha, 16 bits": ("png", lambda path, _: opencv(16)(path, GREY)),
    "coloured RGBA": ("webp", lambda path, _: Image.fromarray(CUTOUT).save(path, **EXACT_WEBP)),
    "palette with alpha": ("png", lambda path, _: palette(path, CUTOUT)),
}


def table(forms):
    return pytest.mark.parametrize(("suffix", "write"), [pytest.param(*form, id=name) for name, form in forms.items()])


@table(RGBA)
def test_a_cutout_has_the_colours_and_the_alpha_of_its_file(tmp_path, suffix, write):
    path = tmp_path / f"cutout.{suffix}"
    write(path, CUTOUT)
    np.testing.assert_array_equal(read_cutout(path), CUTOUT)
    np.testing.assert_array_equal(read_photo(path), COLOUR)
    for read in (read_alpha, read_mask, read_transparency):
        np.testing.assert_array_equal(read(path), ALPHA)
    with pytest.raises(ImageError, match="transparent"):
        read_trimap(path)


@table(RGB)
def test_a_photo_has_the_colours_of_its_file_and_is_no_alpha(tmp_path, suffix, write):
    path = tmp_path / f"photo.{suffix}"
    write(path, COLOUR)
    np.testing.assert_array_equal(read_photo(path), COLOUR)
    kept = read_photo(path, keep_depth=True)
    np.testing.assert_array_equal(kept if kept.dtype == np.uint8 else kept >> 8, COLOUR)
    for read in (read_alpha, read_mask, read_trimap):
        with pytest.raises(ImageError, match=rf"photo\.{suffix}: the picture is coloured"):
            read(path)
    for read in (read_cutout, read_transparency):
        with pytest.raises(ImageError, match="no alpha channel"):
            read(path)


DEEP = {
    "RGB PNG": ("png", COLOUR_16, lambda path, array: opencv_16_bit(path, array[:, :, ::-1])),
    "RGB TIFF": ("tif", COLOUR_16, lambda path, array: opencv_16_bit(path, array[:, :, ::-1])),
    "RGBA PNG": (
        "png",
        COLOUR_16,
        lambda path, array: opencv_16_bit(path, np.dstack([array[:, :, ::-1], 257 * ALPHA.astype(np.uint16)])),
    ),
    "RGBA TIFF": (
        "tif",
        COLOUR_16,
        lambda path, array: opencv_16_bit(path, np.dstack([array[:, :, ::-1], 257 * ALPHA.astype(np.uint16)])),
    ),
    "grey PNG": ("png", GREY_16, lambda path, array: opencv_16_bit(path, array[:, :, 0])),
    "grey JPEG 2000": ("jp2", GREY_16, lambda path, array: pillow()(path, array[:, :, 0])),
    "grey TIFF": ("tif", GREY_16, lambda path, array: opencv_16_bit(path, array[:, :, 0])),
    "grey TIFF, white is 0": ("tif", GREY_16, lambda path, array: white_is_zero(path, array[:, :, 0])),
}


@pytest.mark.parametrize(("suffix", "values", "write"), [pytest.param(*form, id=name) for name, form in DEEP.items()])
def test_all_16_bits_of_a_photo_are_read_if_asked_for(tmp_path, suffix, values, write):
    path = tmp_path / f"deep.{suffix}"
    write(path, values)
    kept = read_photo(path, keep_depth=True)
    assert kept.dtype == np.uint16
    np.testing.assert_array_equal(kept, values)
    np.testing.assert_array_equal(read_photo(path), values >> 8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_16_bit_photos_are_turned_and_converted_to_srgb_as_8_bit_ones(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    values, (shallow, deep) = SMOOTH >> 8, (tmp_path / "8.png", tmp_path / "16.png")
    Image.fromarray(values.astype(np.uint8)).save(shallow, exif=exif, icc_profile=swapped_profile())
    opencv_16_bit(deep, values[:, :, ::-1] * 257)
    insert_chunk(deep, b"eXIf" + exif.tobytes()[6:])
    insert_chunk(deep, b"iCCPprofile\0\0" + zlib.compress(swapped_profile()))
    kept = read_photo(deep, keep_depth=True)
    assert kept.dtype == np.uint16
    np.testing.assert_allclose(kept / 257, read_photo(shallow), atol=1.2)


def test_grey_photos_of_16_bits_are_converted_to_srgb(tmp_path):
    path, values = tmp_path / "deep.png", SMOOTH[:, :, 0]
    opencv_16_bit(path, values)
    insert_chunk(path, b"iCCPprofile\0\0" + zlib.compress(linear_grey_profile()))
    np.testing.assert_allclose(
        read_photo(path, keep_depth=True)[:, :, 1] / 65535, from_linear(values / 65535), atol=2e-5
    )


def test_the_conversion_to_srgb_keeps_the_levels_of_16_bits(tmp_path):
    path = tmp_path / "deep.png"
    opencv_16_bit(path, SMOOTH[:, :, ::-1])
    insert_chunk(path, b"iCCPprofile\0\0" + zlib.compress(swapped_profile()))
    assert len(np.unique(read_photo(path, keep_depth=True)[:, :, 0])) > 2000


@table(GREYS)
def test_grey_levels_are_those_of_the_file(tmp_path, suffix, write):
    path = tmp_path / f"grey.{suffix}"
    write(path, ALPHA)
    for read in (read_alpha, read_mask, read_trimap):
        np.testing.assert_array_equal(read(path), ALPHA)
    np.testing.assert_array_equal(read_photo(path), np.dstack([ALPHA] * 3))


@table({**ALPHAS_IN_CHANNELS, **{name: GREYS[name] for name in ("8-bit PNG", "16-bit PNG, RGB", "16-bit TIFF")}})
def test_training_compose_and_evaluate_read_the_same_alpha(tmp_path, suffix, write):
    for folder in ("fg", "alpha", "image", "trimap"):
        (tmp_path / folder).mkdir()
    write(tmp_path / f"alpha/cat.{suffix}", ALPHA)
    for folder in ("fg", "image"):
        Image.fromarray(COLOUR).save(tmp_path / folder / "cat.png")
    Image.fromarray(np.full(SIZE, 128, np.uint8)).save(tmp_path / "trimap/cat.png")

    source = ParallelFolders(tmp_path)
    np.testing.assert_array_equal(np.rint(source[0][1] * 255), ALPHA)

    (composite,) = plan_composites(source.pairs, [tmp_path / "image/cat.png"], per_foreground=1)
    for folder in ("merged", "alpha", "trimap"):
        (tmp_path / "composed" / folder).mkdir(parents=True)
    write_composite(composite, tmp_path / "composed")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "composed/alpha/cat_0.png")), ALPHA)

    np.testing.assert_array_equal(PictureSet(tmp_path, "folder")[0].alpha, ALPHA)
    (picture,) = pair(tmp_path / "trimap", tmp_path / "alpha")
    matte, truth, _ = MatteFile("ours", "", picture, picture.alpha).read()
    np.testing.assert_array_equal(matte, ALPHA)
    np.testing.assert_array_equal(truth, ALPHA)


@pytest.mark.parametrize(("suffix", "depth"), [("tif", 8), ("tif", 16), ("png", 8), ("png", 16)])
def test_the_colours_of_a_half_transparent_cutout_reach_training(tmp_path, suffix, depth):
    array = np.full((*SIZE, 4), (200, 40, 40, 128), np.uint8)
    opencv(depth)(tmp_path / f"cutout.{suffix}", array)
    colour, alpha = CutoutFolder(tmp_path)[0]
    np.testing.assert_array_equal(colour, array[:, :, :3])
    np.testing.assert_array_equal(alpha, np.float32(128 / 255))


FLOATS = {"RGBA": CUTOUT, "RGB": COLOUR, "grey": ALPHA}


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize("read", [read_photo, read_cutout, read_alpha, read_mask, read_trimap])
def test_floating_point_is_refused_with_what_to_do(tmp_path, kind, read):
    path = tmp_path / "float.tif"
    assert cv2.imwrite(str(path), FLOATS[kind].astype(np.float32) / 255)
    expected = "float.tif: .*(no alpha channel|floating point|colour mode F is not supported).*"
    with pytest.raises(ImageError, match=expected) as caught:
        read(path)
    assert "not a picture" not in str(caught.value)


NO_ALPHA = "(alpha has only the level|alpha has hardly any levels besides|a 16-bit picture whose)"
ON_OTHER_SCALES = {
    "0 and 1": ("png", lambda path, on: pillow()(path, on)),
    "0 and 1, palette": ("png", lambda path, on: palette(path, on)),
    "0 and 100": ("png", lambda path, on: pillow()(path, on * np.uint8(100))),
    "0 and 200": ("tif", lambda path, on: pillow()(path, on * np.uint8(200))),
    "13 and 128": ("bmp", lambda path, on: pillow()(path, 13 + on * np.uint8(115))),
    "labels 0, 1, 2": ("png", lambda path, on: pillow()(path, on + np.roll(on, 3))),
    "labels 0, 1, 2 in 2 bits": ("png", lambda path, on: pillow()(path, 85 * (on + np.roll(on, 3)))),
    "0, 64, 128": ("tif", lambda path, on: pillow()(path, 64 * (on + np.roll(on, 3)))),
    "0 to 100 with soft edges": ("png", lambda path, on: pillow()(path, cv2.blur(on * np.uint8(100), (2, 2)))),
    "0 and 100, JPEG": ("jpg", lambda path, on: pillow()(path, on * np.uint8(100))),
    "50 and 255, JPEG": ("jpg", lambda path, on: pillow()(path, 50 + on * np.uint8(205))),
    "a trimap": ("png", lambda path, on: pillow()(path, trimap_from_mask(on, 5))),
    "a trimap, JPEG": ("jpg", lambda path, on: pillow()(path, trimap_from_mask(on, 5))),
    "a trimap in 16 bits": ("tif", lambda path, on: opencv_16_bit(path, 257.0 * trimap_from_mask(on, 5))),
    "a trimap in the alpha channel": (
        "png",
        lambda path, on: pillow()(path, np.dstack([big(COLOUR)] + [trimap_from_mask(on, 5)])),
    ),
    "12-bit values in 16 bits": ("png", lambda path, on: opencv_16_bit(path, cv2.blur(on * np.uint16(4095), (9, 9)))),
    "0 and 1000 in 16 bits": ("tif", lambda path, on: opencv_16_bit(path, on * 1000.0)),
    "0 and 255 in 16 bits": ("png", lambda path, on: opencv_16_bit(path, on * 255)),
    "0 and 1 in 16 bits": ("tif", lambda path, on: opencv_16_bit(path, on)),
    "0 and 255 in 16-bit RGB": ("png", lambda path, on: opencv_16_bit(path, np.dstack([on * 255] * 3))),
    "0 and 1 in the alpha channel": ("png", lambda path, on: pillow()(path, np.dstack([big(COLOUR)] + [on]))),
    "0 and 255 in a 16-bit alpha channel": (
        "png",
        lambda path, on: opencv_16_bit(path, np.dstack([big(COLOUR).astype(np.uint16) * 257, on * 255])),
    ),
}


def opencv_16_bit(path, values):
    assert cv2.imwrite(str(path), np.ascontiguousarray(values, np.uint16))


def insert_chunk(path, chunk):
    """Insert a chunk, its name and content, behind the header of a PNG file."""
    data = path.read_bytes()
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path.write_bytes(data[:33] + framed + data[33:])


def big(array):
    return np.kron(array, np.ones((10, 10, 1), np.uint8))


@table(ON_OTHER_SCALES)
def test_a_trimap_or_a_mask_on_another_scale_is_no_alpha_anywhere(tmp_path, suffix, write):
    on = np.zeros((120, 160), np.uint8)
    on[30:90, 50:110] = 1
    for folder in ("fg", "alpha", "trimap"):
        (tmp_path / folder).mkdir()
    path = tmp_path / f"alpha/cat.{suffix}"
    write(path, on)
    Image.fromarray(big(COLOUR)).save(tmp_path / "fg/cat.png")
    Image.fromarray(np.full(on.shape, 128, np.uint8)).save(tmp_path / "trimap/cat.png")
    source = ParallelFolders(tmp_path)
    (picture,) = pair(tmp_path / "trimap", tmp_path / "alpha")
    (composite,) = plan_composites(source.pairs, [tmp_path / "fg/cat.png"], per_foreground=1)
    for use in (
        lambda: source[0],
        lambda: write_composite(composite, tmp_path),
        lambda: MatteFile("ours", "", picture, path).read(),
    ):
        with pytest.raises(ImageError, match=rf"cat\.{suffix}: {NO_ALPHA}") as caught:
            use()
        assert "\n" not in str(caught.value)
    if np.asarray(Image.open(path)).ndim == 3 and Image.open(path).mode == "RGBA":
        with pytest.raises(ImageError, match=NO_ALPHA):
            read_cutout(path)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_masks_and_trimaps_of_8_bit_levels_in_16_bits_are_understood(tmp_path, suffix):
    trimap = np.kron(np.array([[0, 128], [255, 128]], np.uint8), np.ones((6, 8), np.uint8))
    for name, array in {"grey": trimap, "rgb": np.dstack([trimap] * 3)}.items():
        path = tmp_path / f"{name}.{suffix}"
        opencv_16_bit(path, array)
        for read in (read_trimap, read_mask):
            np.testing.assert_array_equal(read(path), trimap)
        with pytest.raises(ImageError, match="values all fit in 8 bits"):
            read_photo(path)


@pytest.mark.parametrize(
    "name, write",
    [
        ("a.ppm", lambda path: opencv_16_bit(path, COLOUR)),
        ("a.tif", lambda path: separate_planes(b"II")(path, np.zeros_like(COLOUR))),
        ("cmyk.tif", lambda path: path.write_bytes(cmyk_of_8_bit_levels())),
    ],
)
def test_colours_of_8_bit_levels_in_16_bits_are_refused_in_every_layout(tmp_path, name, write):
    write(tmp_path / name)
    with pytest.raises(ImageError, match="values all fit in 8 bits"):
        read_photo(tmp_path / name)


def cmyk_of_8_bit_levels():
    """Return a TIFF of 16 bits: the planes of RGBA, one pixel after the other, marked as CMYK."""
    values = CUTOUT.astype("<u2")
    tags = {256: 16, 257: 12, 258: (16,) * 4, 259: 1, 262: 5, 273: 0, 277: 4, 278: 12, 279: values.nbytes}
    directory, file = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II"), io.BytesIO()
    for tag, value in tags.items():
        directory[tag] = value
    directory.save(file)
    return file.getvalue() + values.tobytes()


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_8_bit_levels_in_16_bits_are_turned_upright_too(tmp_path, suffix):
    trimap = np.kron(np.array([[0, 128], [255, 128]], np.uint8), np.ones((6, 8), np.uint8))
    opencv_16_bit(tmp_path / f"rgb.{suffix}", np.dstack([trimap] * 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(trimap.astype(np.uint16)).save(tmp_path / f"grey.{suffix}", exif=exif)
    np.testing.assert_array_equal(read_trimap(tmp_path / f"grey.{suffix}"), np.rot90(trimap, -1))
    path = tmp_path / f"rgb.{suffix}"
    data = path.read_bytes()
    if suffix == "png":  # the chunk eXIf before the pixels
        insert_chunk(path, b"eXIf" + exif.tobytes()[6:])
    else:  # the tag Orientation, in the place of PlanarConfiguration, whose default is 1
        planar, turned = struct.pack("<HHIH", 284, 3, 1, 1), struct.pack("<HHIH", 274, 3, 1, 6)
        assert data.count(planar) == 1
        path.write_bytes(data.replace(planar, turned))
    np.testing.assert_array_equal(read_trimap(path), np.rot90(trimap, -1))


def test_every_kind_of_file_that_is_read_alone_is_read_in_a_folder(tmp_path, matte, quick_network):
    suffixes = ["avif", "jfif", "tga", "qoi", "jpe", "j2k", "dib", "apng"]
    trimap = np.full(SIZE, 128, np.uint8)
    trimap[:4], trimap[-4:] = 0, 255
    for folder in ("photos", "trimaps"):
        (tmp_path / folder).mkdir()
    for suffix in suffixes:
        Image.fromarray(COLOUR).save(tmp_path / f"photos/{suffix}.{suffix}")
        Image.fromarray(trimap).save(tmp_path / f"trimaps/{suffix}.png")
    for name in ("phone.heic", "film.hdr"):
        (tmp_path / "photos" / name).touch()
    code, _, error = matte("photos", "trimaps")
    assert code == 0
    assert {path.name for path in tmp_path.glob("photos_alpha/*.png")} == {f"{suffix}.png" for suffix in suffixes}
    assert error == "warning: photos: skipped, cannot be read: film.hdr, phone.heic; save them as PNG or JPEG\n"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_tiff_files_of_every_mode_are_turned_upright(tmp_path, orientation, compression):
    upright = {
        2: lambda array: array[:, ::-1],
        4: lambda array: array[::-1],
        5: lambda array: array.swapaxes(0, 1),
        7: lambda array: array[::-1, ::-1].swapaxes(0, 1),
    }.get(orientation, lambda array: np.rot90(array, {1: 0, 3: 2, 6: -1, 8: 1}[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    for read, array in {
        read_photo: COLOUR,
        read_cutout: CUTOUT,
        read_trimap: ALPHA,
        read_alpha: ALPHA.astype(np.uint16) * 257,
    }.items():
        Image.fromarray(array).save(tmp_path / "turned.tif", exif=exif, compression=compression)
        expected = upright(ALPHA if read is read_alpha else array)
        np.testing.assert_array_equal(read(tmp_path / "turned.tif"), expected)
