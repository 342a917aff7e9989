"""Writing PNG files whole or not at all."""

import os

import numpy as np
import pytest
from PIL import Image

from hop_tf.pictures.atomic_write import WriteError
from hop_tf.pictures.reading import read_alpha
from hop_tf.pictures.writing import write_png

GREYS = np.array([[0, 128, 255], [84, 85, 170]], np.uint8)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (4, 5, 4)])
def test_written_files_can_be_read_back(tmp_path, shape):
    array = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    write_png(tmp_path / "out.png", array)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.png")), array)
    assert os.listdir(tmp_path) == ["out.png"]


@pytest.mark.parametrize("array", [np.zeros((4, 5)), np.zeros((4, 5, 2), np.uint8), np.zeros(4, np.uint8)])
def test_writes_only_8_bit_pictures(tmp_path, array):
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
