"""`evaluate`: numbers, table and JSON, and what it refuses."""

import csv
import json
import os
import sys

import numpy as np
import pytest
from PIL import Image

from helpers.said import said
from hop_tf.cli.app import main
from hop_tf.evaluation.metrics import scores

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
    captured = said(capsys)
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
    assert said(capsys).out.endswith(f"wrote {path}\n")


def test_grey_levels_other_than_128_are_pointed_out(folders, draw, trimap_array, capsys):
    trimap_array[0, 15] = 130
    path = draw("trimap/cat.png", trimap_array)
    assert main(["evaluate", *folders]) == 0
    captured = said(capsys)
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


@pytest.fixture
def test_set(draw, tmp_path, photo_array, trimap_array):
    """alphamatting.com's layout with two photos; the true alpha is the red channel, trimap2 is wider."""
    wide = np.where(np.arange(30) < 4, 0, 128).astype(np.uint8)[None].repeat(20, axis=0)
    for name in ("GT01", "GT04"):
        draw(f"set/input/{name}.png", photo_array)
        draw(f"set/alpha/{name}.png", photo_array[:, :, 0])
        draw(f"set/trimap1/{name}.png", trimap_array)
        draw(f"set/trimap2/{name}.png", wide)
    return ["--dataset", "alphamatting", str(tmp_path / "set")]


@pytest.fixture
def methods(draw, tmp_path, photo_array):
    """Mattes of the test set: perfect ones, ones 20 levels off, and mixed ones. Ranks 1, 3 and 2, or 1.5, 3 and 1.5."""
    alpha = photo_array[:, :, 0]
    off = np.where(alpha < 128, alpha + 20, alpha - 20)
    half_off = np.where(np.arange(20)[:, None] < 10, alpha, off)
    for trimap in ("trimap1", "trimap2"):
        for name in ("GT01", "GT04"):
            draw(f"perfect/{trimap}/{name}.png", alpha)
            draw(f"off/{trimap}/{name}.png", off)
            draw(f"mixed/{trimap}/{name}.png", alpha if name == "GT01" else half_off)
    return [str(tmp_path / name) for name in ("perfect", "off", "mixed")]


def columns(line):
    return line.split()


def test_a_network_mattes_and_is_scored_with_each_kind_of_trimap(test_set, weights, tmp_path, capsys, expected_alpha):
    argv = ["evaluate", *test_set, "--weights", str(weights), "--save", str(tmp_path / "kept")]
    assert main([*argv, "--contact-sheet", str(tmp_path / "sheet.png"), "--worst", "1"]) == 0
    lines = said(capsys).out.splitlines()
    assert columns(lines[0]) == ["trimap", "method", "images", "SAD", "MSE", "Grad", "Conn"]
    assert columns(lines[2])[:5] == ["trimap1", "red.keras", "2", "0.000", "0.00000"]
    assert columns(lines[4])[:5] == ["trimap2", "red.keras", "2", "0.000", "0.00000"]
    assert lines[5:] == [f"wrote {tmp_path / 'kept'}", f"wrote {tmp_path / 'sheet.png'}"]
    assert (np.asarray(Image.open(tmp_path / "kept/trimap1/GT01.png")) == expected_alpha).all()
    assert Image.open(tmp_path / "sheet.png").height < 300


def test_a_matte_that_is_a_trimap_is_scored_with_a_warning_unless_the_network_made_it(
    test_set, weights, draw, capsys, tmp_path, trimap_array
):
    for name in ("GT01", "GT04"):
        draw(f"set/input/{name}.png", np.full((20, 30, 3), 128))
        draw(f"set/trimap2/{name}.png", trimap_array)
    assert main(["evaluate", *test_set, "--weights", str(weights), "--save", str(tmp_path / "kept")]) == 0
    network = said(capsys)
    assert (np.asarray(Image.open(tmp_path / "kept/trimap1/GT01.png")) == trimap_array).all() and not network.err
    assert main(["evaluate", *test_set, "--pred", f"red.keras={tmp_path / 'kept'}"]) == 0
    finished = said(capsys)
    assert finished.err == (
        f"warning: {tmp_path}/kept/trimap1/GT01.png: looks like a trimap; it is scored as a matte\n"
    )
    assert finished.out.splitlines() == network.out.splitlines()[:-1]


def test_the_bundled_network_is_named_after_its_preset(test_set, capsys):
    assert main(["evaluate", *test_set]) == 0
    assert columns(capsys.readouterr().out.splitlines()[2])[:3] == ["trimap1", "hop_s_9x9", "2"]


def test_mattes_that_are_not_kept_leave_nothing(test_set, weights, files_in, capsys):
    before = files_in()
    assert main(["evaluate", *test_set, "--weights", str(weights)]) == 0
    assert files_in() == before
    assert "wrote" not in said(capsys).out


def test_methods_are_ranked_over_pictures_trimaps_and_measures(test_set, methods, tmp_path, capsys):
    assert main(["evaluate", *test_set, "--pred", *methods, "--json", str(tmp_path / "scores.json")]) == 0
    table, ranks = said(capsys).out.split("\n\n")
    assert [columns(line)[:3] for line in table.splitlines() if line.startswith("trimap1")] == [
        ["trimap1", name, "2"] for name in ("perfect", "off", "mixed")
    ]
    rows = [columns(line) for line in ranks.splitlines()]
    assert rows[0] == ["average", "rank", "method", "SAD", "MSE", "Grad", "Conn", "mean"]
    assert rows[2][:4] == ["overall", "perfect", "1.25", "1.25"]  # 1.5 beside the equal matte, 1 beside the worse
    assert rows[3][:4] == ["overall", "mixed", "1.75", "1.75"]
    assert rows[4][:4] == ["overall", "off", "3.00", "3.00"]
    assert [row[0] for row in rows[6:9]] == ["trimap1"] * 3
    content = json.loads((tmp_path / "scores.json").read_text())
    assert content["ranks"]["trimap2"]["mixed"]["SAD"] == 1.75
    assert content["methods"]["off"]["trimap2"]["images"]["GT04"]["SAD"] == pytest.approx(20 / 255 * 20 * 26 / 1000)


def test_csv_has_a_row_for_each_matte(test_set, methods, tmp_path):
    path = tmp_path / "scores.csv"
    assert main(["evaluate", *test_set, "--pred", f"best={methods[0]}", methods[1], "--csv", str(path)]) == 0
    rows = list(csv.DictReader(path.open()))
    assert [(row["method"], row["trimap"], row["image"]) for row in rows] == [
        (method, trimap, image)
        for method in ("best", "off")
        for trimap in ("trimap1", "trimap2")
        for image in ("GT01", "GT04")
    ]
    assert float(rows[0]["SAD"]) == 0 and float(rows[-1]["SAD"]) == pytest.approx(20 / 255 * 20 * 26 / 1000)


def test_a_name_that_is_no_valid_text_is_written_as_it_is(folders, tmp_path, capsys):
    name = os.fsdecode(b"caf\xe9.png")
    for folder in ("pred", "alpha", "trimap"):
        (tmp_path / folder / "cat.png").rename(tmp_path / folder / name)
    files = [tmp_path / "scores.csv", tmp_path / "scores.json"]
    assert main(["evaluate", *folders, "--csv", str(files[0]), "--json", str(files[1])]) == 0
    assert b"caf\xe9" in files[0].read_bytes()
    assert os.fsdecode(b"caf\xe9") in json.loads(files[1].read_text())["images"]


def test_scores_are_written_before_a_contact_sheet_that_cannot_be_made(test_set, methods, tmp_path, capsys):
    for photo in (tmp_path / "set/input").iterdir():
        photo.write_bytes(b"damaged")
    path = tmp_path / "scores.csv"
    argv = ["--pred", methods[0], "--csv", str(path), "--contact-sheet", str(tmp_path / "sheet.png")]
    assert main(["evaluate", *test_set, *argv]) == 2
    assert "not a picture" in said(capsys).err
    assert len(path.read_text().splitlines()) == 5 and not (tmp_path / "sheet.png").exists()


def test_several_folders_of_mattes_are_ranked_without_a_test_set_too(folders, draw, tmp_path, capsys):
    for name in ("cat", "a_long_name"):
        draw(f"black/{name}.png", 0)
    assert main(["evaluate", *folders, "--pred", str(tmp_path / "black"), str(tmp_path / "pred")]) == 0
    rows = [columns(line) for line in said(capsys).out.splitlines()]
    assert rows[0][:2] == ["method", "images"] and rows[2][:2] == ["black", "2"]
    assert rows[-2][:4] == ["overall", "pred", "1.00", "1.00"]


def test_arguments_that_do_not_go_together_are_refused(test_set, folders, methods, tmp_path, fails_with):
    fails_with(folders[2:], "--dataset LAYOUT DIR")
    fails_with([*test_set, *folders], "--alpha and --trimap take the place of --dataset")
    fails_with(["--dataset", "dim", tmp_path], "--dataset dim: unknown layout", "composition-1k, alphamatting, folder")
    for option in (["--save", tmp_path / "x"], ["--device", "gpu"], ["--tta"]):
        fails_with([*test_set, "--pred", methods[0], *option], f"{option[0]} is for the network's mattes")
    fails_with([*test_set, "--pred", methods[0], methods[0]], "a second method perfect")
    fails_with([*test_set, "--pred", *folders[1:2]], "pred: no folder trimap1 in it")
    fails_with([*folders, "--contact-sheet", tmp_path / "sheet.png"], "no photos", "contact sheet")
    fails_with([*test_set, "--worst", "0"], "--worst", "number from 1")
    fails_with([*test_set, "--save", tmp_path / "set"], "set/trimap1: the output folder is an input folder")


def test_a_matte_that_is_missing_is_named(test_set, methods, tmp_path, fails_with):
    (tmp_path / "off/trimap2/GT04.png").unlink()
    fails_with([*test_set, "--pred", *methods], tmp_path / "off/trimap2", "no picture for GT04")


def test_a_photo_of_another_size_than_its_trimap_leaves_no_file(test_set, weights, draw, tmp_path, fails_with):
    path = draw("set/input/GT01.png", np.zeros((20, 31, 3)))
    fails_with([*test_set, "--weights", weights, "--save", tmp_path / "kept"], f"{path} is 31 x 20;")


def test_missing_packages_for_tables_are_reported_before_any_matting(test_set, tmp_path, fails_with, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    fails_with([*test_set, "--save", tmp_path / "kept"], 'pip install "hop-tf[report]"')
