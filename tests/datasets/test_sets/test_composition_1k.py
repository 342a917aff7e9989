"""The Composition-1k test set."""

import math
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from helpers.odd_pictures import swapped_profile
from hop_tf.cli.app import main
from hop_tf.datasets.sources import CutoutFolder, ParallelFolders
from hop_tf.evaluation.reading import PictureSet
from hop_tf.pictures.eight_bit import to_uint8


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
        record = [".hop-tf.json"] if folder == "merged" else []
        assert sorted(path.name for path in (composed / folder).iterdir()) == record + expected


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
    assert list(composed.rglob(".*")) == [composed / "merged/.hop-tf.json"]


@pytest.mark.parametrize("part", ["backgrounds", "alpha", "layout"])
def test_composites_of_other_pictures_are_refused_and_stay(composed, adobe, tmp_path, draw_photos, capsys, part):
    photos, before = tmp_path / "photos", (composed / "merged/test_0_0.png").read_bytes()
    folder, message = adobe, "was made from "
    if part == "backgrounds":
        photos = draw_photos(tmp_path / "others", 7)
    elif part == "alpha":
        Image.new("L", (200, 90), 77).save(adobe / "Test_set/Adobe-licensed images/alpha/test_0.png")
    else:
        folder = adobe.parent / "copy"
        shutil.copytree(adobe / "Test_set/Adobe-licensed images", folder)
        message = "its results were made with colours as stored, not with colours in sRGB"
    assert compose(folder, photos, composed) == 2
    error = capsys.readouterr().err
    assert message in error and "-o names another folder" in error and error.count("\n") == 1
    assert (composed / "merged/test_0_0.png").read_bytes() == before


def test_the_inputs_are_never_written_to(tmp_path, draw_pairs, draw_photos, capsys):
    folder = draw_pairs(tmp_path / "set", 1)
    assert compose(folder, draw_photos(tmp_path / "photos", 3), folder) == 2
    assert "alpha: the output folder is an input folder" in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["alpha", "fg"]


def test_missing_trimaps_are_drawn_and_reported(tmp_path, draw_pairs, draw_photos, capsys):
    folder = draw_pairs(tmp_path / "set", 1)
    assert compose(folder, draw_photos(tmp_path / "photos", 3), tmp_path / "out") == 0
    assert "3 trimaps were drawn" in capsys.readouterr().out
    for _, _, trimap, alpha in PictureSet(tmp_path / "out"):
        assert (alpha[trimap == 255] == 255).all() and (alpha[trimap == 0] == 0).all() and (trimap == 128).any()


def test_too_few_backgrounds_are_an_error(adobe, photo_folder, tmp_path, capsys):
    assert compose(adobe, photo_folder, tmp_path / "out") == 2
    assert "6 backgrounds are needed" in capsys.readouterr().err


def merged(tmp_path, name):
    return np.asarray(Image.open(tmp_path / "out" / "merged" / name))


def add_metadata(path, **options):
    with Image.open(path) as picture:
        picture.load()
        picture.save(path, **options)


def test_parts_are_turned_upright_as_in_training(tmp_path, draw_pairs, draw_photos, capsys):
    folder = draw_pairs(tmp_path / "set", 1)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown rotated by a quarter
    for path in (folder / "fg" / "object_0.jpg", folder / "alpha" / "object_0.png"):
        add_metadata(path, exif=exif)
    assert compose(folder, draw_photos(tmp_path / "photos", 3), tmp_path / "out") == 0
    colour, alpha = ParallelFolders(folder)[0]
    assert colour.shape == merged(tmp_path, "object_0_0.png").shape == (120, 100, 3)
    opaque = alpha == 1
    np.testing.assert_array_equal(merged(tmp_path, "object_0_0.png")[opaque], colour[opaque])
    Image.fromarray(to_uint8(alpha)).save(folder / "alpha" / "object_0.png")  # upright, but turned by its tag
    add_metadata(folder / "alpha" / "object_0.png", exif=exif)
    assert compose(folder, tmp_path / "photos", tmp_path / "other") == 2
    assert "object_0.png: differs in size from" in capsys.readouterr().err


def test_colours_are_those_of_training_but_as_stored_for_the_published_data(
    tmp_path, draw_pairs, draw_photos, adobe, capsys
):
    profile = swapped_profile()
    own = draw_pairs(tmp_path / "set", 1)
    part = adobe / "Test_set" / "Adobe-licensed images"
    for folder, start in ((own, "object"), (part, "test")):
        add_metadata(folder / "fg" / f"{start}_0.jpg", icc_profile=profile, quality="keep")
    photos = draw_photos(tmp_path / "photos", 6)
    assert compose(own, photos, tmp_path / "out") == 0
    assert "warning" not in capsys.readouterr().err
    colour, alpha = ParallelFolders(own)[0]
    np.testing.assert_array_equal(merged(tmp_path, "object_0_0.png")[alpha == 1], colour[alpha == 1])
    for number, foregrounds in enumerate((adobe, adobe / "Test_set", part)):
        assert compose(foregrounds, photos, tmp_path / f"published_{number}") == 0
        error = capsys.readouterr().err
        assert "warning: not sRGB, but used as stored" in error and "test_0.jpg" in error and "test_1" not in error
        alpha = np.asarray(Image.open(part / "alpha" / "test_0.png"))
        stored = np.asarray(Image.open(part / "fg" / "test_0.jpg"))
        published = np.asarray(Image.open(tmp_path / f"published_{number}/merged/test_0_0.png"))
        np.testing.assert_array_equal(published[alpha == 255], stored[alpha == 255])


@pytest.mark.parametrize("layout", [[], ["--layout", "cutouts"]])
def test_a_folder_of_cutouts_is_composited_with_its_own_alpha(cutout_folder, draw_photos, tmp_path, layout):
    photos = draw_photos(tmp_path / "photos", 9)
    assert compose(cutout_folder, photos, tmp_path / "out", *layout) == 0
    colour, _ = CutoutFolder(cutout_folder)[1]  # as in training: black is not the colour of soft edges
    cutout = np.asarray(Image.open(cutout_folder / "foliage_b.png")).astype(float)
    cutout[:, :, :3] = colour
    assert len(list((tmp_path / "out" / "merged").glob("*.png"))) == 9
    alpha = np.asarray(Image.open(tmp_path / "out" / "alpha" / "foliage_b_2.png"))
    np.testing.assert_array_equal(alpha, cutout[:, :, 3])
    photo = np.asarray(Image.open(photos / "photo_5.png"))[:90, :80]
    share = alpha[:, :, None] / 255
    np.testing.assert_allclose(
        merged(tmp_path, "foliage_b_2.png"), share * cutout[:, :, :3] + (1 - share) * photo, atol=1
    )


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_alphas_are_scaled(tmp_path, draw_pairs, draw_photos, suffix, channels):
    folder = draw_pairs(tmp_path / "set", 1)
    path = folder / "alpha" / "object_0.png"
    alpha = np.asarray(Image.open(path))
    path.unlink()
    values = alpha.astype(np.uint16) * 257
    cv2.imwrite(str(folder / "alpha" / f"object_0.{suffix}"), values if channels == 1 else np.dstack([values] * 3))
    assert compose(folder, draw_photos(tmp_path / "photos", 3), tmp_path / "out") == 0
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out/alpha/object_0_0.png")), alpha)


def test_too_few_backgrounds_name_the_option(cutout_folder, photo_folder, tmp_path, capsys):
    assert compose(cutout_folder, photo_folder, tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert "9 backgrounds are needed, 3 for each of 3 foregrounds; there are only 3" in error
    assert "lower --per-foreground" in error and error.count("\n") == 1


def test_two_foregrounds_or_backgrounds_of_one_name_are_both_named(
    tmp_path, cutout_folder, draw_photos, draw_pairs, capsys
):
    shutil.copytree(cutout_folder, tmp_path / "cutouts")
    shutil.copy(cutout_folder / "emoji_a.png", tmp_path / "cutouts" / "emoji_a.apng")
    photos = draw_photos(tmp_path / "photos", 12)
    assert compose(tmp_path / "cutouts", photos, tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert "emoji_a.png: " in error and "emoji_a.apng has the same stem" in error

    root = tmp_path / "two" / "Test_set"
    for part in ("Adobe-licensed images", "Other"):
        draw_pairs(root / part, 1)
    assert compose(tmp_path / "two", photos, tmp_path / "out") == 2
    assert "Adobe-licensed images/fg/object_0.jpg has the same stem" in capsys.readouterr().err

    (tmp_path / "names.txt").write_text("photo_1\n")
    shutil.copy(photos / "photo_1.png", photos / "photo_1.apng")
    one = draw_pairs(tmp_path / "one", 1)
    assert compose(one, photos, tmp_path / "out", "--bg-names", str(tmp_path / "names.txt")) == 2
    error = capsys.readouterr().err
    assert "photo_1.apng" in error and "photo_1.png; keep one of the two" in error
