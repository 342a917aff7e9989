"""`evaluate`: numbers, table and JSON, and what it refuses."""

import json

import numpy as np
import pytest

from hop_tf.cli import main
from hop_tf.scores import scores

COMMAND = "evaluate"


@pytest.fixture
def folders(draw, tmp_path, trimap_array):
    """Arguments for two pictures: mattes 0.2 off, and a perfect one with a longer name."""
    rng = np.random.default_rng(5)
    alpha = rng.integers(60, 200, (20, 30), dtype=np.uint8)
    draw("pred/cat.png", alpha + 51)
    draw("pred/a_long_name.png", alpha)
    for name in ("cat", "a_long_name"):
        draw(f"alpha/{name}.png", alpha)
        draw(f"trimap/{name}.png", trimap_array)
    return [text for name in ("pred", "alpha", "trimap") for text in (f"--{name}", str(tmp_path / name))]


def test_prints_an_aligned_table_with_the_mean(folders, capsys):
    assert main(["evaluate", *folders]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].split() == ["image", "SAD", "MSE", "Grad", "Conn"]
    assert lines[2].split() == ["a_long_name", "0.000", "0.00000", "0.000", "0.000"]
    assert lines[3].split()[:3] == ["cat", "0.056", "0.04000"]  # 280 unknown pixels, each 0.2 off
    assert lines[5].split()[:5] == ["mean", "of", "2", "0.028", "0.02000"]
    assert len({len(line) for line in lines}) == 1
    assert captured.err == ""


def test_writes_the_unrounded_numbers_as_json(folders, tmp_path, capsys, trimap_array):
    path = tmp_path / "scores.json"
    assert main(["evaluate", *folders, "--json", str(path)]) == 0
    content = json.loads(path.read_text())
    alpha = np.random.default_rng(5).integers(60, 200, (20, 30), dtype=np.uint8)
    expected = scores(alpha + np.uint8(51), alpha, trimap_array)
    assert content["images"]["cat"] == pytest.approx(expected)
    assert content["images"]["a_long_name"] == {"SAD": 0, "MSE": 0, "Grad": 0, "Conn": 0}
    assert content["mean"] == pytest.approx({name: value / 2 for name, value in expected.items()})
    assert capsys.readouterr().out.endswith(f"wrote {path}\n")


def test_grey_levels_other_than_128_are_pointed_out(folders, draw, trimap_array, capsys):
    trimap_array[0, 15] = 130
    path = draw("trimap/cat.png", trimap_array)
    assert main(["evaluate", *folders]) == 0
    captured = capsys.readouterr()
    assert captured.err == f"warning: {path}: has levels besides 0, 128 and 255; only 128 is scored\n"
    assert captured.out.splitlines()[3].split()[2] == "0.04000"


@pytest.mark.parametrize("folder", ["pred", "alpha", "trimap"])
def test_a_missing_partner_is_named(folders, tmp_path, fails_with, folder):
    (tmp_path / folder / "cat.png").unlink()
    fails_with(folders, tmp_path / folder, "no picture for cat")


@pytest.mark.parametrize("folder", ["pred", "trimap"])
def test_different_sizes_are_refused(folders, draw, tmp_path, fails_with, folder):
    path = draw(f"{folder}/cat.png", np.full((20, 31), 128))
    json_file = tmp_path / "scores.json"
    fails_with([*folders, "--json", json_file], path, "is 31 x 20 pixels", "alpha/cat.png is 30 x 20")


def test_a_trimap_without_level_128_is_refused(folders, draw, fails_with):
    path = draw("trimap/cat.png", 127)
    fails_with(folders, path, "no pixel has the level 128")


def test_a_truncated_matte_is_refused(folders, tmp_path, fails_with):
    path = tmp_path / "pred" / "cat.png"
    path.write_bytes(path.read_bytes()[:200])
    fails_with(folders, path, "damaged or truncated")


def test_empty_and_missing_folders_are_refused(folders, tmp_path, fails_with):
    (tmp_path / "empty").mkdir()
    fails_with([*folders, "--pred", tmp_path / "empty"], tmp_path / "empty", "no picture in this")
    fails_with([*folders, "--pred", tmp_path / "none"], tmp_path / "none", "no such folder")


def test_json_files_that_cannot_be_written_are_refused(folders, tmp_path, fails_with):
    fails_with([*folders, "--json", tmp_path / "x.txt"], "x.txt", "must be a .json file")
    fails_with([*folders, "--json", tmp_path / "no" / "x.json"], "x.json", "no does not exist")
