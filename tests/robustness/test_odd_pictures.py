"""`matte` and pictures that are damaged, or sound but unusual: what the file is, and what becomes of it."""

import numpy as np
import pytest
from PIL import Image

from helpers.odd_pictures import (
    ALPHA,
    PHOTO,
    TRIMAP,
    cut,
    data_of,
    frames,
    interlaced_png,
    palette,
    patched,
    png_that_claims,
    raw,
    saved,
    sixteen_bit,
    swapped_profile,
    turned,
    with_text_bomb,
    with_transparency,
)

TOO_LARGE = "too large to be decoded; scale it down"
NO_PICTURE = "not a picture that can be read; expected PNG, JPEG, TIFF or WebP"
DAMAGED = "damaged or truncated"
FEW_ROWS = "photo: damaged or truncated (fewer rows than its header claims); copy or save it again"
GREY = PHOTO[:, :, 0]

# Name of the case, what is written to the file `photo` (beside a sound trimap), and what the one line says.
REFUSED_PHOTOS = [
    ("zero bytes", raw(b""), "the file is empty"),
    ("one byte", raw(b"\x89"), NO_PICTURE),
    ("a megabyte of zeros", raw(bytes(1_000_000)), NO_PICTURE),
    ("HTML of a failed download", raw(b"<!doctype html><title>404</title>"), NO_PICTURE),
    ("PDF", raw(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), NO_PICTURE),
    ("SVG", raw(b'<svg xmlns="http://www.w3.org/2000/svg"/>'), NO_PICTURE),
    ("HEIC", raw(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)), NO_PICTURE),
    ("PNG signature alone", cut("PNG", 0.005), "not a picture"),
    ("PNG cut within its pixels", cut("PNG", 0.7), DAMAGED),
    ("PNG with a wrong checksum", patched("PNG", b"IDAT", b"IDAU"), NO_PICTURE),
    ("PNG of 0 x 0 pixels", png_that_claims(0, 0), NO_PICTURE),
    ("PNG with one row too few", png_that_claims(2, 3), FEW_ROWS),
    ("PNG with one row too few, interlaced", interlaced_png(missing=91), FEW_ROWS),
    ("PNG that claims 2 x 1,000,000", png_that_claims(2, 1_000_000), FEW_ROWS),
    ("PNG that claims 30,000 x 30,000", png_that_claims(30_000, 30_000), TOO_LARGE),
    ("PNG that claims 2,147,483,647 x 1", png_that_claims(2**31 - 1, 1), TOO_LARGE),
    ("PNG with a text that unpacks to 80 MB", with_text_bomb, DAMAGED),
    ("PNG as FTP's text mode leaves it", patched("PNG", b"\r\n\x1a\n", b"\n\x1a\n"), NO_PICTURE),
    ("JPEG cut within its header", cut("JPEG", 0.1), DAMAGED),
    ("JPEG cut within its pixels", cut("JPEG", 0.9), DAMAGED),
    ("TIFF cut within its directory", raw(data_of(form="TIFF")[:60]), "not a picture"),
    ("TIFF, compressed, cut", cut("TIFF", 0.5, compression="tiff_lzw"), NO_PICTURE),
    ("WebP cut", cut("WEBP", 0.5), DAMAGED),
    ("GIF cut", cut("GIF", 0.9), DAMAGED),
    ("BMP cut", cut("BMP", 0.5), DAMAGED),
    ("PPM cut", cut("PPM", 0.5), DAMAGED),
    ("JPEG 2000 cut", cut("JPEG2000", 0.3), DAMAGED),
    ("floating point", saved(GREY.astype(np.float32), "TIFF"), "colour mode F is not supported"),
    ("floating point with NaN", saved(np.full((20, 30), np.nan, np.float32), "TIFF"), "colour mode F is not supported"),
    ("32-bit integers", saved(GREY.astype(np.int32) * 70_000, "TIFF"), "more than 16 bits"),
    ("CIELAB", saved(form="TIFF", mode="LAB"), "colour mode LAB is not supported"),
    ("the other orientation", saved(PHOTO.swapaxes(0, 1)), "30 x 20 pixels but photo is 20 x 30 (pictures are turned"),
    ("another size", saved(PHOTO[:10]), "30 x 20 pixels but photo is 30 x 10; expected the same size"),
    ("EXIF that turns it by a quarter", turned(PHOTO.swapaxes(0, 1), 6), "turned upright as their EXIF"),
]
REFUSED_TRIMAPS = [
    ("zero bytes", raw(b""), "the file is empty"),
    ("text", raw(b"trimap"), NO_PICTURE),
    ("PNG cut", cut("PNG", 0.7, TRIMAP), DAMAGED),
    ("coloured", saved(), "the picture is coloured; expected grey levels"),
    ("floating point with NaN", saved(np.full((20, 30), np.nan, np.float32), "TIFF"), "colour mode F is not supported"),
    ("32-bit integers", saved(TRIMAP.astype(np.int32) * 70_000, "TIFF"), "more than 16 bits"),
    ("1 x 1", saved(TRIMAP[:1, :1]), "trimap: is 1 x 1 pixels but photo is 30 x 20"),
    ("30,000 x 30,000", png_that_claims(30_000, 30_000), TOO_LARGE),
]

# Name of the case, what is written to the file `photo`, and its alpha; a number is how far it may be off.
READ_PHOTOS = [
    ("JPEG named .png", saved(form="JPEG", quality=100, subsampling=0), 8),
    ("PNG, interlaced", interlaced_png(), 0),
    ("BMP", saved(form="BMP"), 0),
    ("WebP, lossless", saved(form="WEBP", lossless=True), 0),
    ("JPEG 2000", saved(form="JPEG2000"), 0),
    ("TIFF, compressed", saved(form="TIFF", compression="tiff_lzw"), 0),
    ("bytes after the end of a PNG", raw(data_of() + b"more" * 100), 0),
    ("bytes after the end of a JPEG", raw(data_of(form="JPEG", quality=100, subsampling=0) + bytes(99)), 8),
    ("animated GIF: the first frame", frames("GIF", np.dstack([GREY] * 3), 255 - PHOTO), 0),
    ("TIFF of two pages: the first", frames("TIFF", PHOTO, 255 - PHOTO), 0),
    ("animated PNG: the first frame", frames("PNG", PHOTO, 255 - PHOTO), 0),
    ("all transparent: the colours beneath", with_transparency(PHOTO), 0),
    ("palette", palette(np.dstack([GREY] * 3)), 0),
    ("palette with a transparent colour", palette(np.dstack([GREY] * 3), transparency=0), 0),
    ("CMYK", saved(form="TIFF", mode="CMYK"), 0),
    ("CMYK JPEG", saved(form="JPEG", mode="CMYK", quality=100, subsampling=0), 8),
    ("16-bit RGB", sixteen_bit(PHOTO.astype(np.uint16) * 257), 0),
    ("16-bit RGB TIFF", sixteen_bit(PHOTO.astype(np.uint16) * 257, "tiff"), 0),
    ("16-bit grey", sixteen_bit(GREY.astype(np.uint16) * 257), 0),
    ("grey with alpha", saved(GREY, mode="LA"), 0),
    ("EXIF: upside down", turned(PHOTO, 3), 0),
    ("EXIF: turned left", turned(PHOTO, 6), 0),
    ("EXIF: turned right, TIFF", turned(PHOTO, 8, "TIFF"), 0),
    ("EXIF: mirrored", turned(PHOTO, 2), 0),
    ("EXIF that cannot be read", saved(exif=b"Exif\0\0 no such thing"), 0),
    ("profile of another colour space", saved(PHOTO[:, :, [1, 0, 2]], icc_profile=swapped_profile()), 0),
    ("profile that cannot be read", saved(icc_profile=b"no such thing"), 0),
    ("profile of RGB in a grey picture", saved(GREY, icc_profile=swapped_profile()), 0),
]
READ_TRIMAPS = [
    ("JPEG", saved(TRIMAP, "JPEG", quality=95), 0),
    ("RGB", saved(TRIMAP, mode="RGB"), 0),
    ("palette", palette(np.dstack([TRIMAP] * 3)), 0),
    ("16-bit", sixteen_bit(TRIMAP.astype(np.uint16) * 257), 0),
    ("16-bit file of 8-bit levels", sixteen_bit(TRIMAP.astype(np.uint16)), 0),
    ("all transparent: the levels beneath", with_transparency(TRIMAP), 0),
    ("other greys", saved(np.choose(TRIMAP // 127, [84, 85, 170]).astype(np.uint8)), 0),
    ("EXIF: upside down", turned(TRIMAP, 3), 0),
    ("a profile: levels stay", saved(TRIMAP, mode="RGB", icc_profile=swapped_profile()), 0),
]


def table(cases):
    return pytest.mark.parametrize("make, expected", [pytest.param(*case[1:], id=case[0]) for case in cases])


@pytest.fixture(autouse=True)
def _sound_pair(tmp_path, quick_network):
    saved(PHOTO)(tmp_path / "photo")
    saved(TRIMAP)(tmp_path / "trimap")


@table(REFUSED_PHOTOS)
def test_a_photo_that_cannot_be_used_is_one_line(tmp_path, refused, make, expected):
    make(tmp_path / "photo")
    refused(["photo", "trimap"], expected)


@table(REFUSED_TRIMAPS)
def test_a_trimap_that_cannot_be_used_is_one_line(tmp_path, refused, make, expected):
    make(tmp_path / "trimap")
    refused(["photo", "trimap"], expected)


def check_alpha(tmp_path, matte, off):
    code, out, warning = matte("photo", "trimap")
    assert (code, out) == (0, "wrote photo_alpha.png\n")
    assert warning == "" or warning.startswith("warning: ") and warning.count("\n") == 1
    alpha = np.asarray(Image.open(tmp_path / "photo_alpha.png")).astype(int)
    assert alpha.shape == ALPHA.shape
    assert np.abs(alpha - ALPHA).max() <= off


@table(READ_PHOTOS)
def test_an_unusual_photo_is_read(tmp_path, matte, make, expected):
    make(tmp_path / "photo")
    check_alpha(tmp_path, matte, expected)


@table(READ_TRIMAPS)
def test_an_unusual_trimap_is_read(tmp_path, matte, make, expected):
    make(tmp_path / "trimap")
    check_alpha(tmp_path, matte, expected)


@pytest.mark.parametrize("height, width", [(1, 1), (1, 5000), (5000, 1), (2, 30_000), (30_000, 3)])
def test_unusual_photo_sizes_are_matted(tmp_path, matte, height, width):
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    saved(photo)(tmp_path / "photo")
    saved(np.full((height, width), 128, np.uint8))(tmp_path / "trimap")
    assert matte("photo", "trimap")[0] == 0
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "photo_alpha.png")), photo[:, :, 0])
