import cv2
import numpy as np
import pytest

from hop_tf.datasets.sources.files import BadImage, read_image


@pytest.fixture(params=[".jpg", ".png", ".webp"])
def image_file(request, tmp_path):
    path = tmp_path / f"photo{request.param}"
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    cv2.imwrite(str(path), noise)
    return path


def test_whole_files_are_read(image_file):
    assert read_image(image_file, cv2.IMREAD_COLOR).shape == (40, 60, 3)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_truncated_files_are_named(image_file, share):
    data = image_file.read_bytes()
    image_file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BadImage, match=image_file.name):
        read_image(image_file, cv2.IMREAD_COLOR)


def test_jpeg_with_bytes_after_its_end_is_whole(tmp_path):
    path = tmp_path / "photo.jpg"
    cv2.imwrite(str(path), np.zeros((40, 60, 3), np.uint8))
    path.write_bytes(path.read_bytes() + b"maker's notes")
    assert read_image(path, cv2.IMREAD_COLOR).shape == (40, 60, 3)


def test_jpeg_cut_off_after_its_thumbnail_is_truncated(tmp_path):
    path, thumbnail = tmp_path / "photo.jpg", tmp_path / "small.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    cv2.imwrite(str(path), noise)
    cv2.imwrite(str(thumbnail), noise[:8, :8])
    data, small = path.read_bytes(), thumbnail.read_bytes()
    segment = b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small
    path.write_bytes(data[:2] + segment + data[2:])
    assert read_image(path, cv2.IMREAD_COLOR).shape == (40, 60, 3)
    path.write_bytes((data[:2] + segment + data[2:])[:-100])
    with pytest.raises(BadImage, match="truncated"):
        read_image(path, cv2.IMREAD_COLOR)


def test_png_with_a_changed_byte_is_an_error(tmp_path):
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    with pytest.raises(BadImage, match=r"photo\.png"):
        read_image(path, cv2.IMREAD_COLOR)
