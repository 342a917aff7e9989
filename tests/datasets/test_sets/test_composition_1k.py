"""The Composition-1k test set."""

import math

import cv2
import numpy as np
import pytest
from PIL import Image

from hop_tf.cli.app import main
from hop_tf.evaluation.reading import PictureSet


@pytest.fixture
def adobe(tmp_path, draw_pairs):
    part = tmp_path / "Adobe" / "Test_set" / "Adobe-licensed images"
    draw_pairs(part, 2, size=(200, 90), start="test")
    (part / "trimaps").mkdir()
    for index in range(2):
        for number in range(3):
            trimap = np.full((90, 200), [0, 128, 255][number], np.uint8)
            cv2.imwrite(str(part / "trimaps" / f"test_{index}_{number}.png"), trimap)
    return tmp_path / "Adobe"


def compose(foregrounds, backgrounds, output, *more):
    folders = ["--foregrounds", str(foregrounds), "--backgrounds", str(backgrounds), "-o", str(output)]
    return main(["data", "compose", *folders, "--per-foreground", "3", *more])


@pytest.fixture
def composed(adobe, tmp_path, draw_photos):
    assert compose(adobe, draw_photos(tmp_path / "photos", 7), tmp_path / "out") == 0
    return tmp_path / "out"


def test_names_and_folders_are_the_published_ones(composed):
    expected = [f"test_{index}_{number}.png" for index in range(2) for number in range(3)]
    for folder in ("merged", "alpha", "trimap"):
        assert sorted(path.name for path in (composed / folder).iterdir()) == expected


def test_pixels_are_those_of_the_published_formula(composed, adobe, tmp_path):
    part = adobe / "Test_set" / "Adobe-licensed images"
    foreground = np.asarray(Image.open(part / "fg" / "test_1.jpg"))
    alpha = np.asarray(Image.open(part / "alpha" / "test_1.png"))
    # The second foreground's last background is the sixth; 160 x 120 is enlarged to cover 200 x 90: 200 x 150.
    photo = Image.open(tmp_path / "photos" / "photo_5.png")
    ratio = max(200 / 160, 90 / 120)
    background = np.asarray(photo.resize((math.ceil(160 * ratio), math.ceil(120 * ratio)), Image.Resampling.BICUBIC))
    merged = np.asarray(Image.open(composed / "merged" / "test_1_2.png"))
    for row, column in [(0, 0), (45, 100), (45, 70), (22, 100), (89, 199)]:
        share = alpha[row, column] / 255.0
        pairs = zip(foreground[row, column].tolist(), background[row, column].tolist(), strict=True)
        assert merged[row, column].tolist() == [int(share * front + (1 - share) * back) for front, back in pairs]


def test_published_trimaps_are_copied_and_alphas_repeated(composed):
    test_set = PictureSet(composed)
    assert len(test_set) == 6
    for index, (name, image, trimap, alpha) in enumerate(test_set):
        assert name == f"test_{index // 3}_{index % 3}"
        assert image.shape == (90, 200, 3) and image.dtype == trimap.dtype == alpha.dtype == np.uint8
        assert (trimap == [0, 128, 255][index % 3]).all()
        assert alpha.max() == 255 and alpha.min() == 0


def test_name_lists_give_the_order(adobe, tmp_path, draw_photos, capsys):
    (adobe / "Test_set" / "test_fg_names.txt").write_text("test_1.png\ntest_0.png\n")
    order = [5, 4, 3, 2, 1, 0]
    (tmp_path / "names.txt").write_text("".join(f"photo_{index}.png\n" for index in order))
    photos = draw_photos(tmp_path / "photos", 6)
    assert compose(adobe, photos, tmp_path / "out", "--bg-names", str(tmp_path / "names.txt")) == 0
    merged = cv2.imread(str(tmp_path / "out" / "merged" / "test_1_0.png"))
    first = cv2.resize(cv2.imread(str(photos / "photo_5.png")), (200, 150), interpolation=cv2.INTER_CUBIC)
    assert np.abs(merged[0].astype(int) - first[0]).max() <= 6
    (tmp_path / "names.txt").write_text("lost.jpg\n")
    assert compose(adobe, photos, tmp_path / "out", "--bg-names", str(tmp_path / "names.txt")) == 2
    assert "lost.jpg" in capsys.readouterr().err


def test_a_second_run_writes_only_what_is_missing(composed, adobe, tmp_path, capsys):
    kept = composed / "merged" / "test_0_0.png"
    before = kept.stat().st_mtime_ns
    (composed / "alpha" / "test_1_1.png").unlink()
    assert compose(adobe, tmp_path / "photos", composed) == 0
    assert "1 composites written, 5 existed" in capsys.readouterr().out
    assert kept.stat().st_mtime_ns == before and (composed / "alpha" / "test_1_1.png").is_file()
    assert not [path for path in composed.rglob(".*")]


def test_missing_trimaps_are_drawn_and_reported(tmp_path, draw_pairs, draw_photos, capsys):
    folder = draw_pairs(tmp_path / "set", 1)
    assert compose(folder, draw_photos(tmp_path / "photos", 3), tmp_path / "out") == 0
    assert "3 trimaps were drawn" in capsys.readouterr().out
    for _, _, trimap, alpha in PictureSet(tmp_path / "out"):
        assert (alpha[trimap == 255] == 255).all() and (alpha[trimap == 0] == 0).all() and (trimap == 128).any()


def test_too_few_backgrounds_are_an_error(adobe, photo_folder, tmp_path, capsys):
    assert compose(adobe, photo_folder, tmp_path / "out") == 2
    assert "6 backgrounds are needed" in capsys.readouterr().err


def test_parts_are_composited_as_stored_like_the_published_script_does(tmp_path, draw_pairs, draw_photos):
    folder = draw_pairs(tmp_path / "set", 1)
    exif = Image.Exif()
    exif[0x0112] = 6  # viewers rotate it
    with Image.open(folder / "fg" / "object_0.jpg") as picture:
        picture.save(folder / "fg" / "object_0.jpg", exif=exif, quality="keep")
    assert compose(folder, draw_photos(tmp_path / "photos", 3), tmp_path / "out") == 0
    assert Image.open(tmp_path / "out" / "merged" / "object_0_0.png").size == (120, 100)
