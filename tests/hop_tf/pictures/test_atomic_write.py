"""Files that appear whole or not at all."""

import os

import pytest

from hop_tf.errors import UserError
from hop_tf.pictures.atomic_write import WriteError, atomic_write


def test_the_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "report.json"
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert temporary.suffix == ".json" and not path.exists()
    assert os.listdir(tmp_path) == ["report.json"] and path.read_text() == "new"


def test_a_failing_block_leaves_the_old_file_and_raises_its_own_error(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_write(path) as temporary:
        temporary.write_text(f"half{1 / 0}")
    assert os.listdir(tmp_path) == ["report.json"] and path.read_text() == "old"


def test_an_error_of_the_operating_system_names_the_file_in_one_line(tmp_path):
    path = tmp_path / "none" / "report.json"
    with pytest.raises(UserError) as caught, atomic_write(path) as temporary:
        temporary.write_text("new")
    assert str(caught.value) == f"{path}: cannot be written (No such file or directory); choose another place"


def test_nested_writes_name_the_outer_file(tmp_path):
    path = tmp_path / "weights.h5"
    with pytest.raises(WriteError, match=r"/weights\.h5: cannot be written \(disk full\)"), atomic_write(path) as outer:  # noqa: SIM117
        with atomic_write(outer):
            raise OSError("disk full")
    assert os.listdir(tmp_path) == []


def test_names_as_long_as_the_file_system_allows_can_be_written(tmp_path):
    path = tmp_path / f"{'n' * 251}.txt"
    with atomic_write(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
