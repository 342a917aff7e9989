"""Checking a data set before a training run."""

import cv2
import numpy as np
import pytest

from hop_tf.cli.app import main
from hop_tf.datasets.check import find_problems


@pytest.fixture
def folders(tmp_path, draw_pairs, draw_photos):
    return draw_pairs(tmp_path / "set", 10), draw_photos(tmp_path / "photos", 10)


def test_sound_folders_have_no_problems(folders, capsys):
    assert find_problems(*folders) == []
    assert main(["data", "check", "--foregrounds", str(folders[0]), "--backgrounds", str(folders[1])]) == 0
    assert "sound" in capsys.readouterr().out


def test_every_bad_file_is_named_with_its_fault(folders):
    foregrounds, backgrounds = folders
    (foregrounds / "fg" / "object_0.jpg").write_bytes(b"no image")
    whole = (foregrounds / "fg" / "object_1.jpg").read_bytes()
    (foregrounds / "fg" / "object_1.jpg").write_bytes(whole[:-40])
    cv2.imwrite(str(foregrounds / "alpha" / "object_2.png"), np.zeros((9, 7), np.uint8))
    cv2.imwrite(str(foregrounds / "alpha" / "object_3.png"), np.zeros((100, 120), np.uint8))
    cv2.imwrite(str(foregrounds / "alpha" / "object_4.png"), np.full((100, 120), 255, np.uint8))
    (backgrounds / "photo_7.png").write_bytes(b"")
    problems = find_problems(*folders)
    expected = [
        ("object_0.jpg", "not a picture"),
        ("object_1.jpg", "truncated"),
        ("object_2.png", "size"),
        ("object_3.png", "no foreground"),
        ("object_4.png", "no background"),
        ("photo_7.png", "empty"),
    ]
    assert len(problems) == len(expected)
    for problem, (name, fault) in zip(problems, expected, strict=True):
        assert name in problem and fault in problem


def test_cutouts_are_checked_too(tmp_path):
    alpha = np.zeros((20, 20, 4), np.uint8)
    cv2.imwrite(str(tmp_path / "empty.png"), alpha)
    cv2.imwrite(str(tmp_path / "photo.png"), alpha[..., :3])
    empty, photo = find_problems(tmp_path, at_least=1)
    assert "empty.png" in empty and "no foreground" in empty
    assert "photo.png" in photo and "no alpha channel" in photo


def test_unpaired_files_are_all_named(folders):
    (folders[0] / "alpha" / "object_1.png").unlink()
    (folders[0] / "fg" / "object_4.jpg").unlink()
    problems = find_problems(folders[0])
    assert len(problems) == 2 and "object_1.jpg" in problems[0] and "object_4.png" in problems[1]


def test_too_few_files_and_wrong_folders_are_problems(folders, tmp_path):
    assert "too few files: 10; expected at least 11" in find_problems(folders[0], at_least=11)[0]
    assert "nowhere" in find_problems(backgrounds=tmp_path / "nowhere")[0]


def test_command_exits_with_2_and_counts_the_problems(folders, capsys):
    (folders[1] / "photo_1.png").write_bytes(b"no image")
    assert main(["data", "check", "--backgrounds", str(folders[1])]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert "photo_1.png" in lines[-2] and lines[-1] == "error: 1 problem found"
    assert main(["data", "check"]) == 2
    assert "nothing to check" in capsys.readouterr().err


@pytest.mark.parametrize("size", [(120, 100), (900, 700)])  # the larger ones are shrunk
def test_hard_masks_are_counted_but_are_no_problem(tmp_path, draw_pairs, size, capsys):
    folder = draw_pairs(tmp_path / "set", 3, size=size)
    for index, suffix in ((0, "png"), (2, "jpg")):
        alpha = cv2.imread(str(folder / "alpha" / f"object_{index}.png"), cv2.IMREAD_GRAYSCALE)
        (folder / "alpha" / f"object_{index}.png").unlink()
        cv2.imwrite(str(folder / "alpha" / f"object_{index}.{suffix}"), np.where(alpha > 127, 255, 0).astype(np.uint8))
    assert main(["data", "check", "--foregrounds", str(folder), "--at-least", "3"]) == 0
    out, error = capsys.readouterr()
    assert "sound" in out and error.count("\n") == 1
    assert error.startswith(f"warning: {folder}: ") and "2 of 3 alphas have no soft pixel" in error


def test_hard_cutouts_are_counted(tmp_path, cutout_folder, capsys):
    for path in cutout_folder.iterdir():
        cutout = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cutout[..., 3] = np.where(cutout[..., 3] > 127, 255, 0)
        cv2.imwrite(str(tmp_path / path.name), cutout)
    assert main(["data", "check", "--foregrounds", str(tmp_path), "--at-least", "3"]) == 0
    assert "3 of 3 alphas have no soft pixel" in capsys.readouterr().err
    assert main(["data", "check", "--foregrounds", str(cutout_folder), "--at-least", "3"]) == 0
    assert capsys.readouterr().err == ""


def test_alphas_that_are_photos_or_masks_on_another_scale_are_problems(folders):
    alpha = folders[0] / "alpha"
    soft = cv2.imread(str(alpha / "object_0.png"), cv2.IMREAD_GRAYSCALE)
    hard = np.where(soft > 127, 255, 0).astype(np.uint8)
    colours = cv2.resize(np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8), soft.shape[::-1])
    cv2.imwrite(str(alpha / "object_0.png"), colours)
    cv2.imwrite(str(alpha / "object_1.png"), np.dstack([colours, np.full_like(soft, 255)]))
    cv2.imwrite(str(alpha / "object_2.png"), hard // 255)
    cv2.imwrite(str(alpha / "object_3.png"), hard.astype(np.uint16))
    cv2.imwrite(str(alpha / "object_4.png"), np.dstack([colours, soft]))  # a cut-out: its alpha channel counts
    problems = find_problems(folders[0])
    expected = ["the picture is coloured", "its alpha channel is 255 everywhere", "the levels 0 and 1", "fit in 8 bits"]
    assert len(problems) == len(expected)
    for index, (problem, fault) in enumerate(zip(problems, expected, strict=True)):
        assert f"object_{index}.png: " in problem and fault in problem


def test_a_second_file_of_one_stem_and_unreadable_kinds_are_named(folders, capsys):
    foregrounds, backgrounds = folders
    (backgrounds / "phone.heic").touch()
    assert main(["data", "check", "--backgrounds", str(backgrounds)]) == 0
    assert (
        capsys.readouterr().err
        == f"warning: {backgrounds}: skipped, cannot be read: phone.heic; save them as PNG or JPEG\n"
    )
    (foregrounds / "fg" / "object_3.tga").touch()
    (problem,) = find_problems(foregrounds)
    assert "object_3.tga: object_3.jpg has the same stem" in problem
