"""Folders of frames: their order, and their partners."""

import pytest

from hop_tf.errors import UserError
from hop_tf.frames.reading import FolderSource, check_counts


@pytest.fixture
def folder(tmp_path):
    """A function that makes a folder of files, which are not read, and opens it."""

    def make(name, *files):
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).touch()
        return FolderSource(tmp_path / name, read=None)

    return make


def test_numbers_in_names_count_as_numbers(folder):
    frames = folder("frames", "10.png", "9.jpg", ".8.png", "text.txt")
    assert frames.stems == ["9", "10"]
    assert [frames.file(number).name for number in range(2)] == ["9.jpg", "10.png"]


def test_two_pictures_of_one_stem_are_refused(folder):
    with pytest.raises(UserError, match=r"0001.png: 0001.jpg has the same stem"):
        folder("frames", "0001.png", "0001.jpg", "0002.png")


@pytest.mark.parametrize("first", [0, 1, 1001])
def test_frames_and_trimaps_whose_numbers_agree_but_for_an_offset_are_paired(folder, first):
    frames = folder("frames", *(f"{number}.png" for number in range(1, 12)))
    check_counts(frames, folder("trimaps", *(f"mask_{first + number:04d}.png" for number in range(11))))


def test_a_gap_in_the_numbers_is_named(folder):
    frames = folder("frames", *(f"{number}.png" for number in range(1, 11)))
    trimaps = folder("trimaps", *(f"{number}.png" for number in (*range(1, 5), *range(6, 12))))
    with pytest.raises(UserError, match=r"trimaps.6.png: does not belong to .*frames.5.png, .*expected number 5$"):
        check_counts(frames, trimaps)


def test_names_without_numbers_are_paired_by_order(folder):
    check_counts(folder("frames", "1.png", "2.png", "3.png"), folder("trimaps", "a1.png", "b.png", "c7.png"))
