"""Damage that decoders pass over, because most of the picture is there."""

import threading
import warnings
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_photo

NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


@pytest.fixture(params=[".jpg", ".png", ".webp", ".tif", ".bmp"])
def picture(request, tmp_path):
    path = tmp_path / f"photo{request.param}"
    cv2.imwrite(str(path), NOISE)
    return path


def test_whole_files_are_read(picture):
    assert read_photo(picture).shape == (40, 60, 3)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_truncated_files_are_named(picture, share):
    data = picture.read_bytes()
    picture.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ImageError) as caught:
        read_photo(picture)
    assert caught.value.path == str(picture)
    assert str(caught.value) == f"{picture}: {caught.value.reason}"
    assert "\n" not in caught.value.reason


def test_a_jpeg_with_bytes_after_its_end_is_whole(tmp_path):
    path = tmp_path / "photo.jpg"
    cv2.imwrite(str(path), np.zeros((40, 60, 3), np.uint8))
    path.write_bytes(path.read_bytes() + b"maker's notes")
    assert read_photo(path).shape == (40, 60, 3)


def test_a_jpeg_cut_off_after_its_thumbnail_is_truncated(tmp_path):
    path, thumbnail = tmp_path / "photo.jpg", tmp_path / "small.jpg"
    cv2.imwrite(str(path), NOISE)
    cv2.imwrite(str(thumbnail), NOISE[:8, :8])
    data, small = path.read_bytes(), thumbnail.read_bytes()
    segment = b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small
    path.write_bytes(data[:2] + segment + data[2:])
    assert read_photo(path).shape == (40, 60, 3)
    path.write_bytes((data[:2] + segment + data[2:])[:-100])
    with pytest.raises(ImageError, match="truncated"):
        read_photo(path)


@pytest.mark.parametrize("level", [0, 6])  # stored bytes, whose change no decompressor notices; and compressed ones
def test_a_png_with_a_changed_byte_is_damaged(tmp_path, level):
    path = tmp_path / "photo.png"
    Image.fromarray(NOISE).save(path, compress_level=level)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    with pytest.raises(ImageError, match=r"photo\.png: damaged"):
        read_photo(path)


@pytest.mark.parametrize("black_rows", [0, 5])
def test_missing_png_rows_are_distinguished_from_black_ones(tmp_path, black_rows):
    picture = NOISE.copy()
    picture[40 - black_rows :] = 0
    path = tmp_path / "photo.png"
    Image.fromarray(picture).save(path)
    np.testing.assert_array_equal(read_photo(path), picture)
    rows = b"".join(b"\0" + row.tobytes() for row in picture[:-1])
    header = path.read_bytes()[8:33]
    chunks = [b"IDAT" + zlib.compress(rows), b"IEND"]
    framed = [len(one[4:]).to_bytes(4, "big") + one + zlib.crc32(one).to_bytes(4, "big") for one in chunks]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + b"".join(framed))
    with pytest.raises(ImageError, match="fewer rows than its header claims"):
        read_photo(path)


def test_reading_in_threads_leaves_the_warning_filters_unchanged(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(NOISE).save(path)
    before = list(warnings.filters)
    barrier = threading.Barrier(4)

    def read():
        barrier.wait()
        for _ in range(20):
            read_photo(path)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_warnings_of_pillow_are_silent(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)
    path = tmp_path / "large.png"
    Image.fromarray(NOISE).save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_photo(path).shape == (40, 60, 3)
