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
