"""Folders of photos, and generated textures."""

import numpy as np
import pytest

from hop_tf.datasets.sources import CutoutFolder, GeneratedBackgrounds, PhotoFolder
from hop_tf.errors import UserError
from hop_tf.pictures.image_error import ImageError


def test_photos_are_rgb(photo_folder):
    photo = PhotoFolder(photo_folder, max_side=80).draw(np.random.default_rng(0))
    assert photo.shape == (60, 80, 3) and photo.dtype == np.uint8


@pytest.mark.parametrize("source", [CutoutFolder, PhotoFolder])
@pytest.mark.parametrize("content", [b"", b"this is no image"])
def test_broken_image_is_reported_by_name(tmp_path, source, content):
    (tmp_path / "broken_one.png").write_bytes(content)
    with pytest.raises(ImageError, match=r"broken_one\.png"):
        source(tmp_path)[0]


@pytest.mark.parametrize("source", [CutoutFolder, PhotoFolder])
def test_missing_and_empty_folders_are_reported_by_name(tmp_path, source):
    with pytest.raises(UserError, match="nowhere"):
        source(tmp_path / "nowhere")
    with pytest.raises(UserError, match=tmp_path.name):
        source(tmp_path)


def test_generated_backgrounds_differ_and_have_structure():
    rng = np.random.default_rng(0)
    first, second = (GeneratedBackgrounds(64).draw(rng) for _ in range(2))
    assert first.shape == (64, 64, 3) and first.dtype == np.uint8
    assert first.std() > 1 and (first != second).any()


def test_hidden_files_are_skipped(tmp_path, photo_folder):
    for path in photo_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "._photo_0.png").write_bytes(b"what some systems leave beside a file")
    assert len(PhotoFolder(tmp_path)) == 3
